// How the day's work lies between masters and hours. Pure: the model in, figures out.
import type { BoardModel } from './model';

const HOUR = 3_600_000;
const MIN = 60_000;

export interface Hour { at: number; onShift: number; free: number }
/** Minutes of work and driving of the least, the middle and the most loaded master on shift. */
export interface Balance { low: number; middle: number; high: number; hours: Hour[] }

/** A master is free in an hour when less than half of it is taken. */
export function balance(model: BoardModel): Balance {
  const hours: Hour[] = [];
  for (let at = Math.ceil(model.from / HOUR) * HOUR; at + HOUR <= model.to; at += HOUR) hours.push({ at, onShift: 0, free: 0 });
  const loads: number[] = [];
  for (const m of model.masters.values()) {
    const shift = m.shift;
    if (!shift || m.state === 'unavailable' || shift.to <= model.from || shift.from >= model.to) continue;
    const bars = model.barsOf(m.id).filter((b) => b.visit.state !== 'cancelled');
    loads.push(bars.reduce((sum, b) => sum + (b.end - b.start + b.travel) / MIN, 0));
    for (const hour of hours) {
      if (shift.from > hour.at || shift.to < hour.at + HOUR) continue;
      hour.onShift += 1;
      let taken = 0;
      for (const b of bars) taken += Math.max(0, Math.min(b.end, hour.at + HOUR) - Math.max(b.start - b.travel, hour.at));
      if (taken < HOUR / 2) hour.free += 1;
    }
  }
  loads.sort((a, b) => a - b);
  const shown = hours.filter((h) => h.onShift > 0);
  return { low: loads[0] ?? 0, middle: loads[Math.floor(loads.length / 2)] ?? 0, high: loads.at(-1) ?? 0, hours: shown };
}
