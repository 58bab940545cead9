// Zones on the map as the office draws them.
import { get } from '../lib/session.svelte';
import type { Geo } from '../map/projection';
import type { Id, Money } from '../wire/types';

export interface ZoneCard { name: string; corners: Geo[]; price: Money; masters: Id[]; days: boolean[] }
export interface ZoneRow extends ZoneCard { id: Id; rev: number; points: number; overlaps: string[] }
export interface ZoneMap { zones: ZoneRow[]; points: [number, number][]; masters: { id: Id; name: string; home: Geo }[]; middle: Geo }

export const zones = (): Promise<ZoneMap> => get('/api/zones');
export const tones = ['blue', 'green', 'violet', 'amber', 'indigo', 'red'];

/** Twelve corners around a middle: what is served when nothing finer was drawn. */
export function around(middle: Geo, km: number): Geo[] {
  const [lat, lon] = [km / 111.32, km / 111.32 / Math.cos((middle.lat * Math.PI) / 180)];
  return Array.from({ length: 12 }, (_, i) => ({ lat: middle.lat + lat * Math.sin((i * Math.PI) / 6), lon: middle.lon + lon * Math.cos((i * Math.PI) / 6) }));
}

const side = (a: Geo, b: Geo, p: Geo) => (b.lon - a.lon) * (p.lat - a.lat) - (b.lat - a.lat) * (p.lon - a.lon);
/** Does the line cross itself? Told while it is drawn; the server says the last word. */
export function crosses(corners: Geo[]): boolean {
  const n = corners.length;
  for (let i = 0; i < n; i++) for (let j = i + 2; j < n; j++) {
    if (i === 0 && j === n - 1) continue;
    const [a, b, c, d] = [corners[i]!, corners[i + 1]!, corners[j]!, corners[(j + 1) % n]!];
    if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true;
  }
  return false;
}
