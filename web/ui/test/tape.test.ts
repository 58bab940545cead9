// The tape of a past day: any moment is the same by whatever way it was reached.
import { describe, expect, it } from 'vitest';
import { Tape, type PastAnswer } from '../src/board/tape';

const told: PastAnswer = {
  from: 0, until: 1000,
  rows: [['visit_a', { id: 'visit_a', state: 'planned', master: null }]],
  changes: [
    [100, 'visit_a', { master: 'master_1' }],
    [200, 'visit_b', { id: 'visit_b', state: 'unplanned' }],
    [200, 'visit_a', { state: 'working' }],
    [900, 'visit_a', { state: 'completed', checklist: null }],
  ],
};
const at = (tape: Tape) => JSON.stringify([...tape.rows].sort());

describe('a tape', () => {
  it('shows every moment, and tells which rows are others', () => {
    const tape = new Tape(told);
    expect(tape.seek(99)).toEqual(new Set());
    expect(tape.seek(100)).toEqual(new Set(['visit_a']));
    expect(tape.rows.get('visit_a')).toEqual({ id: 'visit_a', state: 'planned', master: 'master_1' });
    expect(tape.seek(250)).toEqual(new Set(['visit_a', 'visit_b']));
    expect(tape.rows.get('visit_b')).toEqual({ id: 'visit_b', state: 'unplanned' });
  });
  it('is the same forwards, backwards and by leaps', () => {
    const moments = [0, 50, 100, 150, 200, 899, 900, 1000];
    const straight = moments.map((m) => { const tape = new Tape(told); tape.seek(m); return at(tape); });
    const tape = new Tape(told);
    for (const way of [moments, [...moments].reverse(), [900, 0, 150, 1000, 100]]) {
      for (const m of way) {
        tape.seek(m);
        expect(at(tape), String(m)).toBe(straight[moments.indexOf(m)]);
      }
    }
    expect(tape.seek(0)).toBeNull();
  });
  it('never changes a row in place', () => {
    const tape = new Tape(told);
    const before = tape.rows.get('visit_a');
    tape.seek(1000);
    expect(before).toEqual(told.rows[0]![1]);
  });
  it('stays within its ends, and steps from change to change', () => {
    const tape = new Tape(told);
    tape.seek(99_999);
    expect(tape.at).toBe(1000);
    const back = [];
    for (let n = 0; n < 5; n++) {
      tape.seek(tape.step(-1));
      back.push(tape.at);
    }
    expect(back).toEqual([900, 200, 100, 0, 0]);
    const forth = [];
    for (let n = 0; n < 5; n++) {
      tape.seek(tape.step(1));
      forth.push(tape.at);
    }
    expect(forth).toEqual([100, 200, 900, 1000, 1000]);
  });
  it('knows when most has happened', () => {
    expect(new Tape(told).density(10)).toEqual([0, 0.5, 1, 0, 0, 0, 0, 0, 0, 0.5]);
  });
});
