// A month of agreement visits as the page reads it: rows of the server, days in words, and what stands where.
import { language } from '../lib/i18n.svelte';
import type { components } from '../wire/api';
import type { Id } from '../wire/types';

export type Month = components['schemas']['Month'];
export type Occurrence = Month['occurrences'][number];
export type Break = Month['wrong'][number];
/** A place on the sheet: numbers of a master's row and of a day's column. */
export interface Spot { row: number; column: number }

const at = (day: string) => new Date(`${day}T12:00:00Z`);
const words = (day: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language.current === 'ru' ? 'ru-RU' : 'en-GB', { ...options, timeZone: 'UTC' }).format(at(day));
export const dayName = (day: string) => words(day, { day: 'numeric', month: 'long', weekday: 'short' });
export const dayShort = (day: string) => words(day, { day: 'numeric', month: 'short' });
export const weekdayOf = (day: string) => words(day, { weekday: 'short' });
export const dayNumber = (day: string) => Number(day.slice(8));
export const isWeekend = (day: string) => at(day).getUTCDay() % 6 === 0;
/** `Декабрь 2026`. */
export function monthName(month: string): string {
  const name = words(`${month}-01`, { month: 'long', year: 'numeric' }).replace(/\s*г\.$/, '');
  return name[0]!.toUpperCase() + name.slice(1);
}
/** Another month, so many later. */
export function monthAfter(month: string, by: number): string {
  const date = at(`${month}-15`);
  date.setUTCMonth(date.getUTCMonth() + by);
  return date.toISOString().slice(0, 7);
}
/** Hours with one digit at most: `5,5`. */
export const hours = (minutes: number) => (Math.round(minutes / 6) / 10).toLocaleString(language.current === 'ru' ? 'ru-RU' : 'en-GB', { maximumFractionDigits: 1 });

/** May people move it? What is booked is moved where its visit is. */
export const isOpen = (it: Occurrence) => it.own && (it.state === 'planned' || it.state === 'proposed');
/** Occurrences by master and day, `master|day`. */
export function placed(month: Month): Map<string, Occurrence[]> {
  const found = new Map<string, Occurrence[]>();
  for (const it of month.occurrences) {
    if (!it.day) continue;
    for (const master of it.masters) {
      const key = `${master}|${it.day}`;
      found.set(key, [...(found.get(key) ?? []), it]);
    }
  }
  return found;
}
/** What has no day, though it is due. */
export const loose = (month: Month) => month.occurrences.filter((it) => it.own && !it.day && it.state === 'planned');
/** Who comes when it is put on a master's row: the others who came before stay, as many as are needed. */
export function crew(it: Occurrence, master: Id): Id[] {
  const beside = it.masters.filter((other) => other !== master);
  // One who moves onto the row of the other changes places with nobody: the leading one goes.
  const rest = it.masters.includes(master) ? beside : beside.slice(1);
  return [master, ...rest].slice(0, it.needs);
}
/** Why it has no day: a word of the planner's, or somebody's own. */
export const plannerWords = ['no_day', 'no_master', 'rhythm', 'full'] as const;
export const plannerWord = (reason: string | null) => plannerWords.find((word) => word === reason) ?? null;
