// Times, money, phones and durations in the form people of the trade read.
import { zone } from '../live/hook.svelte';
import { language, t } from './i18n.svelte';

const cache = new Map<string, Intl.DateTimeFormat>();
function dateFormat(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const lang = language.current === 'ru' ? 'ru-RU' : 'en-GB';
  const tz = zone.name;
  const key = `${lang}|${tz ?? ''}|${name}`;
  let format = cache.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(lang, { ...options, timeZone: tz ?? undefined });
    cache.set(key, format);
  }
  return format;
}

/** Hours and minutes said before, by minute: a board says the same ones thousands of times. */
const said = { by: null as Intl.DateTimeFormat | null, words: new Map<number, string>() };
export function hhmm(ms: number | null | undefined): string {
  if (ms == null) return '–';
  const format = dateFormat('hm', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (said.by !== format || said.words.size > 5000) {
    said.by = format;
    said.words.clear();
  }
  const minute = Math.floor(ms / 60_000);
  let words = said.words.get(minute);
  if (words === undefined) said.words.set(minute, (words = format.format(ms)));
  return words;
}
export const hhmmss = (ms: number | null | undefined): string =>
  ms == null ? '–' : dateFormat('hms', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(ms);
export const day = (ms: number): string => dateFormat('d', { day: 'numeric', month: 'short' }).format(ms);
export const weekday = (ms: number): string => dateFormat('wd', { weekday: 'long', day: 'numeric', month: 'long' }).format(ms);
export const fullDay = (ms: number): string => dateFormat('fd', { day: '2-digit', month: '2-digit', year: 'numeric' }).format(ms);
export const span = (from: number | null, to: number | null): string => `${hhmm(from)}–${hhmm(to)}`;

/** Start of the city's day that holds `ms`. */
export function dayStart(ms: number): number {
  const parts = dateFormat('parts', { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' }).formatToParts(ms);
  const of = (type: string) => Number(parts.find((p) => p.type === type)?.value ?? 0);
  return Math.floor(ms / 1000) * 1000 - (of('hour') * 3600 + of('minute') * 60 + of('second')) * 1000;
}

/** Day and time when the day is not today. */
export function moment(ms: number, now: number): string {
  return dayStart(ms) === dayStart(now) ? hhmm(ms) : `${day(ms)}, ${hhmm(ms)}`;
}

export function money(value: string | number | null | undefined): string {
  if (value == null || value === '') return '–';
  const [whole = '0', cents = ''] = String(value).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, '\u00a0');
  return `${grouped}${/[1-9]/.test(cents) ? `,${cents.padEnd(2, '0').slice(0, 2)}` : ''}\u00a0₽`;
}

export const owes = (value: string | null | undefined): boolean => /[1-9]/.test(value ?? '') && !value!.startsWith('-');

export function phone(raw: string | null | undefined): string {
  const digits = (raw ?? '').replace(/\D/g, '');
  if (digits.length === 11 && /^[78]/.test(digits)) {
    return `+7\u00a0${digits.slice(1, 4)}\u00a0${digits.slice(4, 7)}-${digits.slice(7, 9)}-${digits.slice(9)}`;
  }
  return raw ?? '';
}

/** `1 ч 20 мин`. */
export function minutes(total: number): string {
  const sign = total < 0 ? '−' : '';
  const all = Math.round(Math.abs(total));
  const h = Math.floor(all / 60);
  const m = all % 60;
  if (!h) return `${sign}${t('unit.min', { m })}`;
  return m ? `${sign}${t('unit.hm', { h, m })}` : `${sign}${t('unit.h', { h })}`;
}

/** `04:12`, or `1:04:12`. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const tail = `${String(Math.floor(s / 60) % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${tail}` : tail;
}

/** Family name and initial: `Кузнецов И.` */
export function short(name: string): string {
  const [family = '', first = ''] = name.trim().split(/\s+/);
  return first ? `${family} ${first[0]}.` : family;
}
/** All who would come, the leading one first. */
export const crew = (who: { master_name: string; beside?: string[] }): string => [who.master_name, ...(who.beside ?? [])].map(short).join(', ');

/** Sum of decimal strings, in cents, back to a decimal string. */
export function sum(values: (string | number)[]): string {
  const cents = values.reduce<number>((acc, v) => acc + Math.round(Number(String(v).replace(',', '.').replace(/\s/g, '') || 0) * 100), 0);
  return (cents / 100).toFixed(2);
}
