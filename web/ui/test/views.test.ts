// Slices of the board as links, undo and redo, and how the day is balanced.
import { describe, expect, it } from 'vitest';
import { balance } from '../src/board/balance';
import { DEPTH, History, placeOf, putting, stands, type Step } from '../src/board/history';
import { BoardModel, GROUP } from '../src/board/model';
import { fromQuery, plainView, toQuery } from '../src/board/views';
import { H, master, visit } from './rows';

describe('a view', () => {
  it('comes back from its link, and what is as usual is left out', () => {
    expect(toQuery(plainView)).toBe('');
    const view = { day: -1, show: 'overview', filter: 'кот', zone: 'Заречье', branch: 'branch_01north', group: 'zone', visit: 'visit_01abc', past: Date.UTC(2026, 0, 5, 9, 30) } as const;
    expect(fromQuery(toQuery(view))).toEqual(view);
  });
  it('is as usual where a link is wrong', () => {
    expect(fromQuery('?day=many&show=dance&group=x&visit=<b>')).toEqual(plainView);
    expect(fromQuery('?day=99999')).toEqual(plainView);
    expect(fromQuery('?past=2026-99-99T10:00')).toEqual(plainView);
  });
});

describe('history', () => {
  const step = (id: string): Step => ({ visit: id, before: { master: 'a', start: H, pinned: false }, after: { master: 'b', start: 2 * H, pinned: true } });
  it('goes back and forth gesture by gesture, and a new deed forgets what was undone', () => {
    const history = new History();
    history.did([step('1')]);
    history.did([step('2'), step('3')]);
    const taken = history.undo()!;
    expect(taken.gesture.map((s) => 'visit' in s && s.visit)).toEqual(['2', '3']);
    taken.done();
    expect([history.undoable, history.redoable]).toEqual([1, 1]);
    history.redo()!.back();
    expect([history.undoable, history.redoable]).toEqual([1, 1]);
    history.did([step('4')]);
    expect([history.undoable, history.redoable]).toEqual([2, 0]);
    history.did([]);
    expect(history.undoable).toBe(2);
  });
  it('remembers the last fifty', () => {
    const history = new History();
    for (let n = 0; n < 80; n++) history.did([step(String(n))]);
    expect(history.undoable).toBe(DEPTH);
    expect(history.undo()!.gesture[0]).toMatchObject({ visit: '79' });
  });
  it('knows whether a visit still stands where it was left', () => {
    const v = visit('a', { master: 'master_1', start: 10 * H, pinned: true });
    const place = placeOf(v);
    expect(stands(v, place)).toBe(true);
    expect(stands({ ...v, start: 10 * H + 5 * 60_000 }, place)).toBe(true);
    expect(stands({ ...v, start: 12 * H }, place)).toBe(false);
    expect(stands({ ...v, master: 'master_2' }, place)).toBe(false);
    const off = { master: null, start: null, pinned: false };
    // Taken off its master, the planner has given it to another: that is nobody's decision. A pin is.
    expect(stands({ ...v, pinned: false, master: 'master_2' }, off)).toBe(true);
    expect(stands({ ...v, master: 'master_2' }, off)).toBe(false);
  });
  it('puts back by the commands of the protocol', () => {
    expect(putting('v', { master: 'm', start: 5, pinned: true })).toEqual({ name: 'visit.assign', args: { visit: 'v', master: 'm', start: 5, pin: true } });
    expect(putting('v', { master: null, start: null, pinned: false })).toEqual({ name: 'visit.unassign', args: { visit: 'v' } });
  });
});

describe('balance', () => {
  it('counts free masters by the hour and the spread of their work', () => {
    const model = new BoardModel();
    model.setDay(8 * H, 12 * H);
    model.replace(new Map<string, unknown>([
      ['master_1', master('1', { shift: { from: 8 * H, to: 12 * H } })],
      ['master_2', master('2', { shift: { from: 8 * H, to: 12 * H } })],
      ['master_3', master('3', { state: 'unavailable' })],
      ['visit_a', visit('a', { start: 9 * H, end: 11 * H, travel_min: 0 })],
    ]));
    model.flush();
    const seen = balance(model);
    expect([seen.low, seen.high]).toEqual([0, 120]);
    expect(seen.hours.map((h) => [h.at / H, h.onShift, h.free])).toEqual([[8, 2, 2], [9, 2, 1], [10, 2, 1], [11, 2, 2]]);
  });
});

describe('rows', () => {
  const model = () => {
    const found = new BoardModel();
    found.setDay(0, 24 * H);
    found.replace(new Map<string, unknown>([
      ['master_1', master('1', { skills: [{ code: 'kkt', level: 3 }, { code: 'fridge', level: 1 }] })], ['master_2', master('2')], ['master_3', master('3', { skills: [] })],
      ['visit_a', visit('a', { zone: 'север' })], ['visit_b', visit('b', { master: 'master_2', zone: 'юг' })],
    ]));
    return found;
  };
  const rows = (m: BoardModel) => (m.flush(), m.rows);
  it('stand under the skill a master is best at, and who has none comes last', () => {
    const m = model();
    m.setFilter('', '', 'skill');
    expect(rows(m)).toEqual([`${GROUP}fridge`, 'master_2', `${GROUP}kkt`, 'master_1', GROUP, 'master_3']);
    expect(m.rowOf.get('master_1')).toBe(3);
  });
  it('stand under the zone of the day, and a zone leaves only who works there', () => {
    const m = model();
    m.setFilter('', '', 'zone');
    expect(rows(m)).toEqual([`${GROUP}север`, 'master_1', `${GROUP}юг`, 'master_2', GROUP, 'master_3']);
    m.setFilter('', 'юг');
    expect(rows(m)).toEqual(['master_2']);
    expect(m.zones()).toEqual(['север', 'юг']);
  });
  it('stand under their branches by name, and one branch leaves its masters alone', () => {
    const m = model();
    m.branchName = (id) => ({ branch_b: 'Юг', branch_a: 'Север' })[id ?? ''] ?? '';
    const at = (id: string, branch: string) => m.apply([id], () => ({ ...m.masters.get(id)!, branch }));
    at('master_1', 'branch_b');
    at('master_2', 'branch_a');
    m.setFilter('', '', 'branch');
    expect(rows(m)).toEqual([`${GROUP}Север`, 'master_2', `${GROUP}Юг`, 'master_1', GROUP, 'master_3']);
    m.setFilter('', '', 'none', 'branch_b');
    expect(rows(m)).toEqual(['master_1']);
    at('master_3', 'branch_b');
    expect(rows(m)).toEqual(['master_1', 'master_3']);
  });
  it('keep a visit at the master it is drawn at, through moves, refusals and removals', () => {
    const m = model();
    m.flush();
    m.move('visit_a', 'master_3', 9 * H);
    expect([m.visitsOf('master_1').length, m.visitsOf('master_3').length]).toEqual([0, 1]);
    m.revert('visit_a');
    expect([m.visitsOf('master_1').length, m.visitsOf('master_3').length]).toEqual([1, 0]);
    m.apply(['visit_a'], () => undefined);
    expect(m.visitsOf('master_1')).toEqual([]);
  });
});
