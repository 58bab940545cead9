// Who works here, as the office writes it: rows of the server, the hours of a week, and what a form may hold before it is sent.
import { get } from '../lib/session.svelte';
import type { Geo } from '../map/projection';
import type { Id, Ms, Role, Span, UserRow } from '../wire/types';

export interface StaffUser extends UserRow { phone: string | null; once: boolean; off: Ms | null; rev: number }
export interface StaffSkill { code: string; level: number; until: string | null }
export type Hours = { from: string; to: string } | null;
export type AbsenceKind = 'holiday' | 'illness' | 'other';
export interface Absence { from: string; to: string; kind: AbsenceKind; note: string }
export interface StaffMaster {
  id: Id; name: string; phone: string | null; skills: StaffSkill[]; home: Geo; address: string; left: boolean; vehicle: string | null; branch: Id | null;
  week: Hours[] | null; absences: Absence[]; shift: Span;
}
export interface StaffOperator { id: Id; skills: { code: string; level: number }[]; supervises: boolean; device: 'browser' | 'phone' }
export interface Roster { masters: StaffMaster[]; operators: StaffOperator[]; call_skills: string[]; middle: Geo }
export interface Staff extends Roster { users: StaffUser[] }

export const roles: Role[] = ['operator', 'dispatcher', 'master', 'manager', 'admin'];
export const days = [0, 1, 2, 3, 4, 5, 6] as const;
export const usual = (): Hours[] => days.map((d) => (d < 5 ? { from: '09:00', to: '18:00' } : null));

/** Everybody; a manager sees masters alone, for users are the administrator's. */
export async function staff(role: Role): Promise<Staff> {
  const [roster, users] = await Promise.all([get<Roster>('/api/roster'), role === 'admin' ? get<{ users: StaffUser[] }>('/api/users') : Promise.resolve({ users: [] })]);
  // A manager writes masters' hours alone: their cards stand for users.
  if (role !== 'admin') return { ...roster, users: roster.masters.filter((m) => !m.left).map((m) => ({ id: m.id, login: '', name: m.name, role: 'master', master: m.id, operator: null, robot: false, windows: 0, phone: m.phone, once: false, off: null, rev: 0 })) };
  // A master who was there before users had numbers has one on the card.
  const number = new Map(roster.masters.map((m) => [m.id, m.phone]));
  return { ...roster, users: users.users.map((u) => ({ ...u, phone: u.phone ?? number.get(u.master ?? '') ?? null })) };
}

/** `09:00:00` of the wire as `09:00` of a field. */
export const short = (hours: Hours): Hours => hours && { from: hours.from.slice(0, 5), to: hours.to.slice(0, 5) };
/** And back. */
export const whole = (hours: Hours): Hours => hours && { from: `${hours.from}:00`, to: `${hours.to}:00` };

/** Coordinates as people paste them: `58.01, 56.23`. */
export function place(text: string): Geo | null {
  const found = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(text);
  const at = found && { lat: Number(found[1]), lon: Number(found[2]) };
  return at && Math.abs(at.lat) <= 90 && Math.abs(at.lon) <= 180 ? at : null;
}

const letters: Record<string, string> = {
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p', р: 'r',
  с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'c', ч: 'ch', ш: 'sh', щ: 'sch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya',
};
/** A login for a name: the family name in Latin letters, with a number when somebody has it. */
export function loginFor(name: string, taken: string[]): string {
  const plain = (name.trim().split(/\s+/)[0] ?? '').toLowerCase().replace(/[а-яё]/g, (c) => letters[c] ?? c).replace(/[^a-z0-9.-]/g, '');
  if (!plain) return '';
  for (let n = 1; ; n++) {
    const login = n === 1 ? plain : `${plain}${n}`;
    if (!taken.includes(login)) return login;
  }
}
