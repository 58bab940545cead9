// Rows of the timeline come two at once, and those that leave make room for them in the same frame.
import { describe, expect, it } from 'vitest';
import { inView } from '../src/board/shelf';

const [height, row, count] = [628, 42, 200];
describe('the rows in the page', () => {
  it('cover the view with two to spare on either side, wherever it stands', () => {
    for (let top = 0; top <= count * row - height; top++) {
      const { first, last } = inView(top, height, row, count);
      expect(first).toBeLessThanOrEqual(Math.max(0, Math.floor(top / row) - 2));
      expect(last).toBeGreaterThanOrEqual(Math.min(count, Math.ceil((top + height) / row) + 2));
    }
  });
  it('are always as many between the ends, and change once in two rows', () => {
    const seen = new Map<number, number>();
    for (let top = 8 * row; top < 100 * row; top++) {
      const { first, last } = inView(top, height, row, count);
      seen.set(first, last - first);
    }
    expect(new Set(seen.values()).size).toBe(1);
    expect(seen.size).toBe(46);
  });
  it('are all of them where there are few', () => {
    expect(inView(0, height, row, 9)).toEqual({ first: 0, last: 9 });
    expect(inView(-30, height, row, 0)).toEqual({ first: 0, last: 0 });
  });
});
