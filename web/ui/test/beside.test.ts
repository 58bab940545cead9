// A visit for several masters stands in the row of each of them.
import { describe, expect, it } from 'vitest';
import { BoardModel } from '../src/board/model';
import { owing } from '../src/board/look';
import { overlay, type Op } from '../src/m/queue';
import type { Master, Visit } from '../src/wire/types';
import { H, master, visit } from './rows';

const helper = (id: string, travel_min = 5) => ({ master: `master_${id}`, name: `M${id}`, travel_min, state: 'due' as const, seen: false });
function board(...rows: (Visit | Master)[]) {
  const model = new BoardModel();
  const store = new Map<string, unknown>(rows.map((r) => [r.id, r]));
  model.setDay(0, 24 * H);
  model.replace(store);
  model.flush();
  const put = (row: Visit) => {
    store.set(row.id, row);
    model.apply([row.id], (k) => store.get(k));
    return model.flush();
  };
  return { model, put };
}
const drawn = (model: BoardModel) => ['1', '2', '3'].map((id) => model.barsOf(`master_${id}`).length);

describe('a visit for two', () => {
  const two = visit('a', { helpers: [helper('2')], master_name: 'M1' });
  it('is drawn at both, each with their own way', () => {
    const { model } = board(master('1'), master('2'), master('3'), two);
    expect(drawn(model)).toEqual([1, 1, 0]);
    expect([1, 2].map((id) => model.barsOf(`master_${id}`)[0]!.travel)).toEqual([10 * 60_000, 5 * 60_000]);
    expect(model.mastersOf('visit_a')).toEqual(['master_1', 'master_2']);
  });
  it('leaves the row of who goes no longer, and marks all three rows', () => {
    const { model, put } = board(master('1'), master('2'), master('3'), two);
    expect(put({ ...two, rev: 2, helpers: [helper('3')] })).toEqual(new Set(['master_1', 'master_2', 'master_3']));
    expect(drawn(model)).toEqual([1, 0, 1]);
    put({ ...two, rev: 3, master: null, start: null, end: null, helpers: [] });
    expect(drawn(model)).toEqual([0, 0, 0]);
  });
  it('takes the hour of who goes beside', () => {
    const { model } = board(master('1'), master('2'), two, visit('b', { start: 14 * H, end: 15 * H }));
    expect(model.check(model.visits.get('visit_b')!, 'master_2', 10.5 * H, 9 * H).map((x) => x.rule)).toEqual(['overlap']);
  });
  it('that lacks somebody is a problem until it is over', () => {
    const { model, put } = board(master('1'), { ...two, helpers: [], short: 1 });
    expect(model.problems(9 * H).map((p) => p.why)).toEqual(['short']);
    put({ ...two, rev: 2 });
    expect(model.problems(9 * H)).toEqual([]);
  });
  it('is over on the phone of who has left it', () => {
    const there = visit('a', { state: 'on_site', beside: true });
    const op = { id: 'x', name: 'visit.leave', args: { visit: 'visit_a' } } as unknown as Op;
    expect(overlay(there, [op]).state).toBe('completed');
  });
  it('is paid to who leads', () => {
    const done = visit('a', { state: 'completed', due: '100' });
    expect([owing(done), owing({ ...done, beside: true })]).toEqual([true, false]);
  });
});
