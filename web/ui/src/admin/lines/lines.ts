// The book of lines as the administrator edits it: the wire's shape, drafts, and where a dialled number leads.
export type Codec = 'pcma' | 'pcmu' | 'g722' | 'opus';
export interface Trunk {
  name: string; ips: string[]; user: string | null; password: string | null; dids: string[]; outbound: string | null; registers: boolean; group: string | null;
  priority: number; weight: number; max_calls: number; calls_per_second: number; tariffs: Record<string, string>; money_per_day: string | null;
  numbers: 'plus' | 'digits' | 'eight'; ask_seconds: number; codecs: Codec[];
}
export interface DeskPhone { user: string; password: string | null; secure_audio: boolean; codecs: Codec[] }
export type Wish = 'owner' | 'last_operator' | 'best_skill' | 'just_enough' | 'longest_idle' | 'least_occupied';
export interface Need { skill: string; level: number; relax_seconds: number | null }
export interface Hours { zone: string; week: string[]; days_off: string[]; moved_in: string[] }
export interface Queue {
  name: string; dids: string[]; needs: Need[]; head_start_seconds: number; strategy: Wish[]; offer_callback_seconds: number | null; hours: Hours | null;
  reception: { notice: string | null; menu: string | null; closed: string | null };
}
export type Choice = 'status' | 'call_back' | 'voicemail' | 'goodbye' | { queue: string } | { menu: string };
export interface Menu { name: string; prompts: string[]; keys: Record<string, Choice>; otherwise: Choice; times: number }
export interface Lines { trunks: Trunk[]; phones: DeskPhone[]; queues: Queue[]; menus: Menu[]; head_start: { vip_seconds: number; agreement_seconds: number; promise_seconds: number }; codecs: Codec[] }
export interface LineBook { rev: number; lines: Lines; prompts: string[]; fixed: { trunks: string[]; phones: string[]; codecs: Codec[] } }

export const wishes: Wish[] = ['owner', 'last_operator', 'just_enough', 'best_skill', 'longest_idle', 'least_occupied'];
export const keys = [...'123456789*0#'];
export const allCodecs: Codec[] = ['pcma', 'pcmu', 'g722', 'opus'];

/** A name that nobody in the list has: `queue`, `queue2`, … */
export function fresh(name: string, taken: string[]): string {
  for (let n = 1; ; n += 1) {
    const tried = n === 1 ? name : `${name}${n}`;
    if (!taken.includes(tried)) return tried;
  }
}
export const newTrunk = (name: string): Trunk => ({
  name, ips: [], user: null, password: null, dids: [], outbound: null, registers: true, group: null, priority: 0, weight: 1, max_calls: 0, calls_per_second: 0, tariffs: {},
  money_per_day: null, numbers: 'plus', ask_seconds: 30, codecs: [],
});
export const newQueue = (name: string): Queue => ({
  name, dids: [], needs: [], head_start_seconds: 0, strategy: ['longest_idle'], offer_callback_seconds: null, hours: null, reception: { notice: null, menu: null, closed: null },
});
export const newMenu = (name: string): Menu => ({ name, prompts: [], keys: {}, otherwise: { queue: '' }, times: 2 });
/** The list with one entry moved up (-1) or down (1); at an end it stays. */
export function moved<T>(list: T[], at: number, by: number): T[] {
  const to = at + by;
  if (to < 0 || to >= list.length) return list;
  const next = [...list];
  [next[at], next[to]] = [next[to]!, next[at]!];
  return next;
}
/** A password that no dictionary has, of letters that are not mistaken for one another when they are typed into a phone. */
export function password(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const drawn: string[] = [];
  while (drawn.length < 14) for (const byte of random(new Uint8Array(32))) if (byte < letters.length * 8 && drawn.length < 14) drawn.push(letters[byte % letters.length]!);
  return drawn.join('');
}
/** Numbers or addresses as people list them: by commas, spaces or lines; brackets and dashes inside a number go. */
export function listed(text: string, numbers = false): string[] {
  const parts = numbers ? text.split(/[,;\n]+/).map((part) => part.replace(/[\s()-]/g, '')) : text.split(/[,;\s]+/);
  return [...new Set(parts.filter(Boolean))];
}
/** An address of a provider with its port: the usual one where none was written. */
export const withPort = (address: string): string => (/^[\d.]+$/.test(address.trim()) ? `${address.trim()}:5060` : address.trim());
/** An address in numbers, with or without a port (IPv6 in brackets, with one): the switchboard looks no names up. */
export const isAddress = (address: string): boolean => /^(?:(?:\d{1,3}\.){3}\d{1,3}|\[[\da-f:.]+\](?=:))(?::\d{1,5})?$/i.test(address.trim());
/** One step of a caller's way, for the picture of it. */
export interface Step { kind: 'queue' | 'open' | 'closed' | 'notice' | 'menu' | 'key' | 'silence' | 'loop' | 'line'; name: string; deep: number; choice?: Choice }

/** Is the queue open at this instant, by its own week? The server knows holidays of the same book alike. */
export function isOpen(queue: Queue, at: Date): boolean {
  if (!queue.hours) return true;
  let parts: Record<string, string>;
  try {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: queue.hours.zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', weekday: 'short', hourCycle: 'h23' });
    parts = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  } catch {
    return false; // a zone that is still being typed
  }
  const day = `${parts.year}-${parts.month}-${parts.day}`;
  if (queue.hours.days_off.includes(day)) return false;
  const weekday = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts.weekday!);
  const moved = queue.hours.moved_in.includes(day) ? queue.hours.week.find((hours) => hours.trim()) : undefined;
  const hours = /^\s*(\d\d:\d\d)\s*-\s*(\d\d:\d\d)\s*$/.exec(queue.hours.week[weekday]?.trim() || moved || '');
  const now = `${parts.hour}:${parts.minute}`;
  return !!hours && hours[1]! <= now && now < hours[2]!;
}
/** The way of whoever dials this number now: queue, notice, menu and what each key does. */
export function wayOf(lines: Lines, did: string, at: Date): Step[] {
  const queue = lines.queues.find((q) => q.dids.includes(did)) ?? lines.queues.find((q) => !q.dids.length) ?? lines.queues[0];
  if (!queue) return [{ kind: 'queue', name: '', deep: 0 }, { kind: 'line', name: '', deep: 0 }];
  const open = isOpen(queue, at);
  const steps: Step[] = [{ kind: 'queue', name: queue.name, deep: 0 }, { kind: open ? 'open' : 'closed', name: '', deep: 0 }];
  if (queue.reception.notice) steps.push({ kind: 'notice', name: queue.reception.notice, deep: 0 });
  const first = open ? queue.reception.menu : queue.reception.closed;
  const enter = (name: string, deep: number, seen: string[]) => {
    const menu = lines.menus.find((m) => m.name === name);
    if (!menu || seen.includes(name)) return void steps.push({ kind: 'loop', name, deep });
    steps.push({ kind: 'menu', name, deep });
    const lead = (kind: 'key' | 'silence', key: string, choice: Choice) => {
      steps.push({ kind, name: key, deep: deep + 1, choice });
      if (typeof choice === 'object' && 'menu' in choice) enter(choice.menu, deep + 2, [...seen, name]);
    };
    for (const key of keys) if (menu.keys[key]) lead('key', key, menu.keys[key]);
    lead('silence', '', menu.otherwise);
  };
  if (first) enter(first, 0, []);
  else steps.push({ kind: 'line', name: queue.name, deep: 0 });
  return steps;
}
