// A schedule of an agreement as a form writes it.
import { language } from '../lib/i18n.svelte';
import type { components } from '../wire/api';
import type { ClientCard, Id } from '../wire/types';

export type Schedule = components['schemas']['Schedule'];
export type ScheduleCard = Schedule['card'];

/** What a form holds. */
export interface Form {
  title: string; point: Id; unit: Id; count: number; step: 'weeks' | 'months'; from: string; otherwise: 'before' | 'after'; before: number; after: number;
  weekdays: boolean[]; minutes: number; masters: number; skills: { code: string; level: number }[]; preferred: Id[];
}
/** A day of the calendar for people: `7 дек.` */
export const civil = (day: string) => new Intl.DateTimeFormat(language.current === 'ru' ? 'ru-RU' : 'en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(`${day}T12:00:00Z`));

/** The form of a schedule, or of a new one at the client's first place. */
export function formOf(of: ScheduleCard | null, client: ClientCard, title: string, today: string): Form {
  if (!of) return { title, point: client.points[0]?.id ?? '', unit: '', count: 1, step: 'months', from: today, otherwise: 'after', before: 3, after: 3, weekdays: [true, true, true, true, true, false, false], minutes: 60, masters: 1, skills: [], preferred: [] };
  const { every, from, otherwise } = of.rhythm;
  return {
    title: of.title, point: of.point, unit: of.unit ?? '', count: 'weeks' in every ? every.weeks : every.months, step: 'weeks' in every ? 'weeks' : 'months', from, otherwise: otherwise ?? 'after',
    before: of.tolerance?.before ?? 0, after: of.tolerance?.after ?? 0, weekdays: [...of.weekdays], minutes: of.minutes, masters: of.masters, skills: (of.skills ?? []).map((s) => ({ ...s })), preferred: [...(of.preferred ?? [])],
  };
}
/** The card that a form says; what the form does not show stays as it was. */
export function cardOf(form: Form, was: ScheduleCard | null): ScheduleCard {
  return {
    ...was, title: form.title, point: form.point, unit: form.unit || null, rhythm: { every: form.step === 'weeks' ? { weeks: form.count } : { months: form.count }, from: form.from, otherwise: form.otherwise },
    tolerance: { before: form.before, after: form.after }, weekdays: form.weekdays, minutes: form.minutes, masters: form.masters, skills: form.skills, preferred: form.preferred,
  };
}
