// What an operator should know before writing a request: it may be there already, the whole house may be down, who pays
// and why, and what the caller most likely wants. Pure: rows in, words of a code out.
import type { Agreement, ClientCard, Request, ServicePoint, TimelineItem, Unit, Visit } from '../wire/types';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Requests of one house within so long are one trouble. */
const OUTAGE_MS = 3 * HOUR;
const OUTAGE = 2;
/** A repair of so long ago is taken up again for nothing. */
const REPAIR_WARRANTY = 30 * DAY;

/** Street and house without the flat: «ул. Мира, 5, кв. 12» → «ул. мира, 5». */
export function houseOf(address: string): string {
  return address.toLowerCase().replace(/,?\s*(кв|квартира|оф|офис|пом|apt|flat|office)\.?\s*\S+.*$/i, '').replace(/\s+/g, ' ').trim();
}
const open = (r: Request): boolean => !['closed', 'cancelled', 'rejected', 'merged', 'resolved'].includes(r.state);

/** Open requests of the same client at the same point. */
export function duplicates(requests: Iterable<Request>, card: ClientCard, point: ServicePoint | null, mine?: string): Request[] {
  if (!point) return [];
  return [...requests].filter((r) => r.id !== mine && open(r) && r.client_id === card.id && r.address === point.address).sort((a, b) => b.created - a.created);
}

/** Other clients of the same house who have asked within the last hours; fewer than two are no outage. */
export function outage(requests: Iterable<Request>, card: ClientCard, point: ServicePoint | null, now: number): Request[] {
  if (!point) return [];
  const house = houseOf(point.address);
  const same = [...requests].filter((r) => r.client_id !== card.id && open(r) && now - r.created < OUTAGE_MS && r.address && houseOf(r.address) === house);
  return same.length >= OUTAGE ? same : [];
}

export type Coverage =
  | { by: 'warranty'; until: number }
  | { by: 'agreement'; no: string; reaction: number | null; restore: number | null }
  | { by: 'client'; why: 'nounit' | 'noagreement' | 'otherunits' | 'expired' | 'suspended' | 'terminated' | 'warrantyover'; no?: string; at?: number };

export const inForce = ({ state }: Agreement): boolean => state === 'active' || state === 'expiring';

/** Who pays for work on a unit, or at a point where none is named, and why nobody else does. */
export function coverage(card: ClientCard, point: ServicePoint | null, unit: Unit | null, now: number): Coverage {
  if (unit?.warranty_until && unit.warranty_until > now) return { by: 'warranty', until: unit.warranty_until };
  const named = unit ? unit.agreement : point?.agreement;
  // The card may have been read before midnight of the last day.
  if (named?.covers && named.until > now) return { by: 'agreement', no: named.no, reaction: named.reaction_h, restore: named.restore_h };
  if (named) return { by: 'client', why: named.why ?? 'expired', no: named.no, at: named.until };
  const live = card.agreements.find(inForce);
  if (live) return { by: 'client', why: unit ? 'otherunits' : 'nounit', no: live.no };
  if (unit?.warranty_until) return { by: 'client', why: 'warrantyover', at: unit.warranty_until };
  return { by: 'client', why: 'noagreement' };
}

export type Advice = { what: 'status'; no: string | number; eta: number; master: string | null } | { what: 'again'; text: string; at: number } | { what: 'debt' } | { what: 'request' };

/** What the caller most likely wants, best guess first. */
export function advice(card: ClientCard, now: number): Advice {
  const coming = card.open.filter((o) => o.eta !== null && o.eta > now - 4 * HOUR && o.eta < now + 18 * HOUR).sort((a, b) => a.eta! - b.eta!)[0];
  if (coming) return { what: 'status', no: coming.no, eta: coming.eta!, master: coming.master_name };
  const fresh = (item: TimelineItem) => item.kind === 'visit' && ['completed', 'verified'].includes(item.state ?? '') && now - item.at < REPAIR_WARRANTY && item.at < now;
  const repaired = [...card.timeline].filter(fresh).sort((a, b) => b.at - a.at)[0];
  if (repaired) return { what: 'again', text: repaired.text, at: repaired.at };
  return /[1-9]/.test(card.debt) && !card.debt.startsWith('-') ? { what: 'debt' } : { what: 'request' };
}

export interface AtRisk { id: string; client: string; clientId: string; phone: string; due: number; why: 'late' | 'warned' | 'breached'; text: string }

/** Clients who should be called before they call: their master is late, or what was agreed is running out. */
export function promises(visits: Iterable<Visit>, now: number): AtRisk[] {
  const found: AtRisk[] = [];
  for (const v of visits) {
    if (['completed', 'verified', 'cancelled', 'incomplete', 'no_show', 'disputed', 'on_site', 'working', 'paused'].includes(v.state)) continue;
    const base = { id: v.id, client: v.client, clientId: v.client_id, phone: v.phone, text: v.symptom };
    const clock = v.sla;
    if (v.late && v.window) found.push({ ...base, due: v.window.to, why: 'late' });
    else if (clock?.state === 'breached' || (clock?.state === 'running' && clock.due < now)) found.push({ ...base, due: clock.due, why: 'breached' });
    else if (clock?.state === 'running' && (clock.warned ?? 0) >= 75) found.push({ ...base, due: clock.due, why: 'warned' });
  }
  return found.sort((a, b) => a.due - b.due);
}
