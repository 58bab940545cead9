// Finds tiles of the `kpi` topic by the names they may go under, and prints their values.
import { money } from '../lib/format';
import type { Kpi } from '../wire/types';

const names: Record<string, string[]> = {
  service_level: ['service_level', 'sl'],
  answered: ['answered', 'calls_answered', 'answered_today'],
  abandoned: ['abandoned', 'calls_abandoned', 'abandoned_today'],
  mean_wait: ['calls_mean_wait'],
  mean_handling: ['calls_mean_handling'],
  occupied: ['operators_occupied'],
  estimate: ['line_estimate'],
  estimate_error: ['line_estimate_error'],
  revenue_today: ['revenue_today', 'revenue', 'paid_today'],
  load: ['load', 'load_chart', 'masters_load', 'calls_per_hour', 'calls'],
};

export function kpi(tiles: ReadonlyMap<string, Kpi>, name: keyof typeof names): Kpi | undefined {
  for (const known of names[name] ?? []) {
    const tile = tiles.get(known);
    if (tile) return tile;
  }
  return undefined;
}

export function show(tile: Kpi): string {
  if (tile.unit === 'rub' || tile.unit === '₽') return money(tile.value);
  return `${tile.value}${tile.unit === '%' || tile.unit === 'percent' ? '%' : ''}`;
}
