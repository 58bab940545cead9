// A recording in parts is one line of time with its gaps.
import { describe, expect, it } from 'vitest';
import { begins, place, stretches, whole, type Part } from '../src/calls/timeline';

const parts: Part[] = [
  { url: 'a', from: 0, length: 10_000 },
  { url: 'b', from: 12_000, length: 5_000 },
  { url: 'c', from: 16_900, length: 3_000 },
];

describe('the line of a recording', () => {
  it('shows what was not recorded, and lets nothing overlap', () => {
    expect(stretches(parts)).toEqual([
      { from: 0, length: 10_000, gap: false },
      { from: 10_000, length: 2_000, gap: true },
      { from: 12_000, length: 5_000, gap: false },
      { from: 17_000, length: 3_000, gap: false },
    ]);
    expect([whole(parts), whole([])]).toEqual([20_000, 0]);
  });
  it('finds the file and the place of every moment', () => {
    expect(place(parts, 0)).toEqual({ part: 0, offset: 0 });
    expect(place(parts, 9_999)).toEqual({ part: 0, offset: 9_999 });
    expect(place(parts, 11_000)).toEqual({ part: 1, offset: 0 });
    expect(place(parts, 18_000)).toEqual({ part: 2, offset: 1_000 });
    expect(place(parts, 99_000)).toEqual({ part: 2, offset: 3_000 });
    expect([0, 1, 2].map((n) => begins(parts, n))).toEqual([0, 12_000, 17_000]);
  });
});
