// Reports of calls: what a row says where nothing was measured, how rows are put in order, and the days of the house.
import { describe, expect, it, vi } from 'vitest';
import { before, columns, figure, shown, sorted, tiles, type ReportRow } from '../src/calls/reports';

vi.mock('../src/live/hook.svelte', () => ({ live: { tz: 'Asia/Yekaterinburg' }, city: { now: 0 } }));
vi.mock('../src/lib/session.svelte', () => ({ get: () => Promise.reject(new Error('no server here')) }));
const row = (key: string, more: Partial<ReportRow> = {}): ReportRow => ({
  ...(Object.fromEntries(columns.map(({ id }) => [id, 0])) as unknown as ReportRow), in_time: 0, promised: 0, key, name: null, occupancy: null, service_level: 100, ...more,
});

describe('a row of a report', () => {
  it('says nothing where nothing was measured', () => {
    const idle = row('operator_1');
    for (const id of ['service_level', 'abandonment', 'mean_wait', 'longest_wait', 'mean_handling', 'mean_talk', 'mean_wrap', 'occupancy'] as const) expect(shown(figure(idle, id), 'percent')).toBe('–');
    expect(figure(idle, 'offered')).toBe(0);
    expect(figure(row('a', { abandoned: 2, short: 2 }), 'service_level')).toBeNull();
    expect(figure(row('a', { abandoned: 3, short: 2, service_level: 0 }), 'service_level')).toBe(0);
  });
  it('is read as a count, a share or a time', () => {
    expect([shown(7, 'count'), shown(81, 'percent'), shown(75, 'time'), shown(3661, 'time')]).toEqual(['7', '81%', '01:15', '1:01:01']);
    expect(tiles.every((tile) => columns.some((column) => column.id === tile.id && column.as === tile.as))).toBe(true);
  });
});

describe('rows in order', () => {
  const rows = [row('09', { offered: 3 }), row('10', { offered: 5 }), row('11', { offered: 3 }), row('b', { name: 'Анна', offered: 1 })];
  it('go by a column, ties as they came, those without a figure last', () => {
    expect(sorted(rows, 'offered', true).map((r) => r.key)).toEqual(['10', '09', '11', 'b']);
    expect(sorted(rows, 'key', false).map((r) => r.key)).toEqual(['09', '10', '11', 'b']);
    expect(sorted([row('x'), row('y', { occupancy: 4 })], 'occupancy', true).map((r) => r.key)).toEqual(['y', 'x']);
  });
});

describe('the period before', () => {
  it('is as long and ends where this one begins', () => expect(before({ from: 100, until: 170 })).toEqual({ from: 30, until: 100 }));
});
