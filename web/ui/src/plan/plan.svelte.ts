// The month that is open: read from the server, what is chosen or carried on it, and what people do with it.
import { t, word } from '../lib/i18n.svelte';
import { reason, toasts } from '../lib/toast.svelte';
import { live } from '../live/hook.svelte';
import type { Answers, Id } from '../wire/types';
import { crew, dayName, isOpen, placed, type Break, type Month, type Occurrence, type Spot } from './month';

class Plan {
  month = $state('');
  sheet = $state.raw<Month | null>(null);
  busy = $state('');
  failed = $state('');
  chosen = $state<Id>('');
  /** Who is carried by the keyboard, and where to. */
  carried = $state<{ id: Id; to: Spot } | null>(null);
  /** What a screen reader hears. */
  said = $state('');
  readonly cells = $derived(this.sheet ? placed(this.sheet) : new Map<string, Occurrence[]>());
  readonly one = $derived(this.sheet?.occurrences.find((it) => it.id === this.chosen) ?? null);
  /** Occurrences that break a rule where they stand. */
  readonly broken = $derived(new Set((this.sheet?.wrong ?? []).flatMap((it) => (it.occurrence ? [it.occurrence] : []))));
  /** A mouse carries something. */
  dragged = false;
  private asked = 0;
  private again: ReturnType<typeof setTimeout> | undefined;

  async open(month: string): Promise<void> {
    if (month !== this.month) [this.sheet, this.chosen, this.carried] = [null, '', null];
    this.month = month;
    await this.read();
  }
  async read(): Promise<void> {
    const turn = ++this.asked;
    try {
      const sheet = await live.command('month.show', { month: this.month });
      if (turn === this.asked) [this.sheet, this.failed] = [sheet, ''];
    } catch (error) {
      if (turn === this.asked) this.failed = reason(error);
    }
  }
  /** Somebody has changed something: the sheet is read again shortly, once for many changes and never under a hand. */
  news(): void {
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      if (this.busy || this.carried || this.dragged) this.news();
      else if (this.month) void this.read();
    }, 400);
  }
  forget(): void {
    clearTimeout(this.again);
  }
  private async tell<T>(what: string, send: () => Promise<T>): Promise<T | null> {
    this.busy = what;
    try {
      const answer = await send();
      await this.read();
      return answer;
    } catch (error) {
      toasts.say(reason(error), 'bad');
      return null;
    } finally {
      this.busy = '';
    }
  }
  async plan(): Promise<void> {
    const answer = await this.tell('plan', () => live.command('month.plan', { month: this.month }));
    if (!answer) return;
    const { planned, left_out: left } = answer;
    toasts.say(`${t('plan.planned', { n: planned })}${left ? ` ${t('plan.left', { n: left })}` : ''}`, left ? 'info' : 'good');
  }
  async confirm(): Promise<Answers['month.confirm'] | null> {
    const answer = await this.tell('confirm', () => live.command('month.confirm', { month: this.month }));
    if (answer) toasts.say(answer.orders ? t('plan.confirmed', { n: answer.orders }) : t('plan.confirmed.none'), 'good');
    return answer;
  }
  async move(it: Occurrence, day: string, masters: Id[]): Promise<void> {
    const answer = await this.tell('move', () => live.command('month.move', { occurrence: it.id, day, masters }));
    if (!answer) return;
    const breaks = answer.breaks.map(breakText);
    this.said = [t('plan.moved', { client: it.client_name, day: dayName(day) }), ...breaks].join(' ');
    toasts.say(this.said, breaks.length ? 'bad' : 'good');
  }
  release = (it: Occurrence) => this.tell('release', () => live.command('month.release', { occurrence: it.id }));
  skip = (it: Occurrence, why: string) => this.tell('skip', () => live.command('month.skip', { occurrence: it.id, reason: why }));

  /** Takes an occurrence up: arrows carry it, Enter puts it down. */
  lift(it: Occurrence): void {
    const sheet = this.sheet;
    if (!sheet || !isOpen(it)) return;
    const column = sheet.days.findIndex((d) => d.day === (it.day ?? it.due));
    const row = sheet.masters.findIndex((m) => m.id === it.masters[0]);
    this.carried = { id: it.id, to: { row: Math.max(0, row), column: Math.max(0, column) } };
    this.tellSpot();
  }
  carry(rows: number, columns: number): void {
    if (!this.carried || !this.sheet) return;
    const inside = (n: number, count: number) => Math.min(Math.max(0, n), count - 1);
    const { row, column } = this.carried.to;
    this.carried.to = { row: inside(row + rows, this.sheet.masters.length), column: inside(column + columns, this.sheet.days.length) };
    this.tellSpot();
  }
  private tellSpot(): void {
    const { row, column } = this.carried!.to;
    this.said = `${this.sheet!.masters[row]!.name}, ${dayName(this.sheet!.days[column]!.day)}`;
  }
  drop(): Promise<void> | undefined {
    const carried = this.carried;
    const it = this.sheet?.occurrences.find((o) => o.id === carried?.id);
    this.carried = null;
    if (carried && it) return this.put(it, carried.to);
  }
  put(it: Occurrence, to: Spot): Promise<void> | undefined {
    const [master, day] = [this.sheet?.masters[to.row], this.sheet?.days[to.column]];
    if (master && day && !(it.day === day.day && it.masters[0] === master.id)) return this.move(it, day.day, crew(it, master.id));
  }
}
export const plan = new Plan();

const nameOf = (id: Id | undefined) => plan.sheet?.masters.find((m) => m.id === id)?.name ?? '';
/** What is wrong, in words. */
export function breakText(it: Break): string {
  const of = plan.sheet?.occurrences.find((o) => o.id === it.occurrence);
  const holes = { client: of?.client_name ?? '', master: nameOf(it.master), day: it.day ? dayName(it.day) : '', n: it.minutes ?? Math.abs(it.days ?? 0) };
  switch (it.rule) {
    case 'full': return t('plan.break.full', holes);
    case 'day': return t('plan.break.day', holes);
    case 'master': return t('plan.break.master', holes);
    case 'crew': return t('plan.break.crew', holes);
    case 'rhythm': return t('plan.break.rhythm', holes);
    default: return word('plan.break', it.rule);
  }
}
