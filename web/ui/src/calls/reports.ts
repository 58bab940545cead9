// Reports of calls: periods in the house's days, and what a column of figures is called and how it is read.
import { live } from '../live/hook.svelte';
import { clock, dayStart } from '../lib/format';
import { address, read, type Wire } from '../wire/http';

export type Report = Wire<'Report'>;
export type ReportRow = Wire<'ReportRow'>;
export type By = Report['by'];
export const bys: By[] = ['day', 'hour', 'queue', 'operator', 'trunk', 'disposition'];
export interface Period { from: number; until: number }

export type Column = Exclude<keyof ReportRow, 'key' | 'name'>;
/** Columns of the table, and how their numbers are read. */
export const columns: { id: Column; as: 'count' | 'percent' | 'time' }[] = [
  { id: 'offered', as: 'count' }, { id: 'answered', as: 'count' }, { id: 'service_level', as: 'percent' }, { id: 'abandoned', as: 'count' }, { id: 'short', as: 'count' },
  { id: 'abandonment', as: 'percent' }, { id: 'mean_wait', as: 'time' }, { id: 'longest_wait', as: 'time' }, { id: 'handled', as: 'count' }, { id: 'mean_handling', as: 'time' },
  { id: 'mean_talk', as: 'time' }, { id: 'mean_hold', as: 'time' }, { id: 'mean_wrap', as: 'time' }, { id: 'occupancy', as: 'percent' }, { id: 'rung', as: 'count' },
  { id: 'missed', as: 'count' }, { id: 'transferred', as: 'count' }, { id: 'callbacks', as: 'count' }, { id: 'callbacks_kept', as: 'count' }, { id: 'voicemails', as: 'count' },
  { id: 'dialed', as: 'count' }, { id: 'unspecified', as: 'count' },
];
/** Figures above the table: whether more of them is better. */
export const tiles: { id: Column; as: 'count' | 'percent' | 'time'; good: 1 | -1 | 0 }[] = [
  { id: 'offered', as: 'count', good: 0 }, { id: 'service_level', as: 'percent', good: 1 }, { id: 'abandonment', as: 'percent', good: -1 }, { id: 'mean_wait', as: 'time', good: -1 },
  { id: 'mean_handling', as: 'time', good: 0 }, { id: 'occupancy', as: 'percent', good: 0 },
];
/** A figure, or nothing where there was nothing to measure: nobody answered, nobody written down. */
export function figure(row: ReportRow, id: Column): number | null {
  const base = id === 'service_level' || id === 'abandonment' ? row.answered + row.abandoned - row.short
    : id === 'mean_wait' || id === 'longest_wait' ? row.answered
    : id === 'mean_handling' || id === 'mean_talk' || id === 'mean_hold' || id === 'mean_wrap' ? row.handled : 1;
  return base ? row[id] : null;
}
export const shown = (value: number | null, as: 'count' | 'percent' | 'time'): string =>
  value === null ? '–' : as === 'time' ? clock(value * 1000) : as === 'percent' ? `${value}%` : String(value);

/** `2026-03-02`: the house's day that holds an instant. */
export const isoDay = (ms: number): string => new Intl.DateTimeFormat('en-CA', { timeZone: live.tz ?? undefined }).format(ms);
/** The start of a day that is named so, in the house's zone. */
export function startOf(iso: string): number {
  const [y = 1970, m = 1, d = 1] = iso.split('-').map(Number);
  const found = dayStart(Date.UTC(y, m - 1, d, 12));
  // Far in the east noon of UTC is the next day already, far in the west still the one before.
  if (isoDay(found) > iso) return dayStart(found - 1);
  return isoDay(found) < iso ? dayStart(found + 30 * 3_600_000) : found;
}
const nextDay = (start: number) => dayStart(start + 30 * 3_600_000);
export type Preset = 'today' | 'yesterday' | 'week' | 'month';
export const presets: Preset[] = ['today', 'yesterday', 'week', 'month'];
export function preset(name: Preset, now: number): Period {
  const today = dayStart(now);
  if (name === 'yesterday') return { from: dayStart(today - 1), until: today };
  const from = name === 'week' ? startOf(isoDay(today - 6 * 86_400_000 + 43_200_000)) : name === 'month' ? startOf(`${isoDay(today).slice(0, 8)}01`) : today;
  return { from, until: nextDay(today) };
}
/** The days from one to another, both with. */
export const days = (from: string, until: string): Period => ({ from: startOf(from), until: nextDay(startOf(until)) });
/** As long a period just before. */
export const before = ({ from, until }: Period): Period => ({ from: from - (until - from), until: from });
export const ask = ({ from, until }: Period, by: By): Promise<Report> => read('/api/reports/calls', {}, { from, until, by });
export const sheet = ({ from, until }: Period, by: By, lang: 'ru' | 'en'): string => address('/api/reports/calls', {}, { from, until, by, form: 'csv', lang });

/** Rows in the order of a column; ties as they came. */
export function sorted(rows: ReportRow[], by: Column | 'key', down: boolean): ReportRow[] {
  const way = down ? -1 : 1;
  const value = (row: ReportRow) => (by === 'key' ? (row.name ?? row.key) : (figure(row, by) ?? -1));
  return rows.map((row, i) => ({ row, i })).sort((a, b) => {
    const [x, y] = [value(a.row), value(b.row)];
    const order = typeof x === 'string' && typeof y === 'string' ? x.localeCompare(y) : Number(x) - Number(y);
    return way * order || a.i - b.i;
  }).map(({ row }) => row);
}
