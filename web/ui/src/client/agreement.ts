// An agreement as it is written: the fields of its form, and the card that is sent.
import { days, short, usual, whole, type Hours } from '../people/people';
import type { Agreement, AgreementCard, Id } from '../wire/types';

export const pauses = ['client', 'parts', 'access', 'payment', 'third_party'] as const;
export type Pause = (typeof pauses)[number];
/** Months for which an agreement may go on by itself. */
export const renewals = [0, 1, 3, 6, 12, 24];
export interface Fields {
  no: string; from: string; until: string; reaction: number; restore: number; limit: string; week: Hours[] | null;
  pauses: Pause[]; emergency: boolean; unpaid: boolean; renews: number; points: Id[]; units: Id[];
}

const iso = (day: Date) => `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`;
/** A year from today: four hours to be there, a day to repair, in working hours. */
export function fresh(now: Date, points: Id[]): Fields {
  const until = new Date(now.getFullYear() + 1, now.getMonth(), now.getDate() - 1);
  return { no: '', from: iso(now), until: iso(until), reaction: 4, restore: 24, limit: '5000', week: usual(), pauses: ['client', 'parts', 'access'], emergency: false, unpaid: false, renews: 0, points, units: [] };
}
export function fields({ card }: Agreement): Fields {
  const hours = card.hours as Hours[] | null | undefined;
  return {
    no: card.no ?? '', from: card.from, until: card.until, reaction: card.sla.reaction_hours, restore: card.sla.restore_hours, limit: card.limit,
    week: hours ? days.map((d) => short(hours[d] ?? null)) : null, pauses: [...(card.pauses ?? [])], emergency: card.keeps_emergency ?? false,
    unpaid: card.debt_allowed ?? false, renews: card.renews_months ?? 0, points: [...(card.covered?.points ?? [])], units: [...(card.covered?.units ?? [])],
  };
}
export function written(f: Fields): AgreementCard {
  return {
    no: f.no, from: f.from, until: f.until, covered: { points: f.points, units: f.units }, sla: { reaction_hours: f.reaction, restore_hours: f.restore },
    limit: f.limit.replace(/\s/g, '').replace(',', '.'), hours: f.week ? f.week.map(whole) : null, pauses: f.pauses, keeps_emergency: f.emergency, debt_allowed: f.unpaid, renews_months: f.renews,
  };
}
/** With or without one. */
export const toggled = <T,>(list: T[], one: T): T[] => (list.includes(one) ? list.filter((it) => it !== one) : [...list, one]);
