// The board's model: lanes by cluster, dirty rows, optimistic moves, local checks, problems in order.
import { describe, expect, it } from 'vitest';
import { BoardModel, lanes, type Bar } from '../src/board/model';
import type { Master, Visit } from '../src/wire/types';
import { H, master, visit } from './rows';

function board(...rows: (Visit | Master)[]) {
  const model = new BoardModel();
  const store = new Map<string, unknown>(rows.map((r) => [r.id, r]));
  model.setDay(0, 24 * H);
  model.replace(store);
  model.flush();
  const put = (row: Visit | Master) => {
    store.set(row.id, row);
    model.apply([row.id], (k) => store.get(k));
  };
  return { model, put, store };
}

describe('lanes', () => {
  const bar = (start: number, end: number) => ({ start, end, lane: 0, lanes: 1 }) as Bar;
  it('splits only the clusters that overlap', () => {
    const got = lanes([bar(0, 2), bar(1, 3), bar(5, 6), bar(2, 4)]);
    expect(got.map((b) => [b.start, b.lane, b.lanes])).toEqual([[0, 0, 2], [1, 1, 2], [2, 0, 2], [5, 0, 1]]);
  });
});

describe('board model', () => {
  it('marks only touched rows dirty', () => {
    const { model, put } = board(master('1'), master('2'), visit('a'));
    put(visit('a', { rev: 2, master: 'master_2' }));
    expect(model.flush()).toEqual(new Set(['master_1', 'master_2']));
    expect(model.barsOf('master_1')).toEqual([]);
    expect(model.barsOf('master_2')).toHaveLength(1);
  });
  it('shows a move at once, drops it at the next revision, reverts on refusal', () => {
    const { model, put } = board(master('1'), master('2'), visit('a'));
    model.move('visit_a', 'master_2', 14 * H);
    model.flush();
    expect(model.barsOf('master_2')[0]).toMatchObject({ start: 14 * H, end: 15 * H, pending: true });
    put(visit('a', { rev: 2, master: 'master_2', start: 14.5 * H, end: 15.5 * H }));
    model.flush();
    expect(model.barsOf('master_2')[0]).toMatchObject({ start: 14.5 * H, pending: false });
    model.move('visit_a', 'master_1', 9 * H);
    model.revert('visit_a');
    model.flush();
    expect(model.barsOf('master_2')).toHaveLength(1);
  });
  it('finds what is wrong with a place', () => {
    const { model } = board(master('1'), master('2', { skills: [] }), visit('a'), visit('b', { start: 12 * H, end: 13 * H, window: { from: 12 * H, to: 14 * H } }));
    const b = model.visits.get('visit_b')!;
    const rules = (m: string, at: number) => model.check(b, m, at, 9 * H).map((x) => x.rule);
    expect(rules('master_1', 12 * H)).toEqual([]);
    expect(rules('master_1', 10.5 * H)).toEqual(['window', 'overlap']);
    expect(rules('master_2', 12 * H)).toEqual(['skill']);
    expect(rules('master_1', 19.5 * H)).toEqual(['shift', 'window']);
    expect(rules('master_1', 8 * H)).toContain('past');
  });
  it('orders problems and fills the tray', () => {
    const { model } = board(
      master('1'), visit('a', { late: true }), visit('b', { master: null, start: null, end: null, state: 'unplanned' }),
      visit('c', { master: null, start: null, end: null, state: 'unplanned', priority: 'emergency' }), visit('d', { state: 'completed' }));
    expect(model.tray().map((v) => v.no)).toEqual(['c', 'b']);
    expect(model.problems(9 * H).map((p) => [p.visit.no, p.why])).toEqual([['c', 'unassigned'], ['a', 'late'], ['b', 'unassigned']]);
  });
  it('filters rows and removes rows that went away', () => {
    const { model, store } = board(master('1'), master('2'), visit('a'));
    model.setFilter('m2');
    model.flush();
    expect(model.rows).toEqual(['master_2']);
    model.setFilter('');
    store.delete('visit_a');
    model.apply(['visit_a'], (k) => store.get(k));
    model.flush();
    expect(model.barsOf('master_1')).toEqual([]);
  });
});
