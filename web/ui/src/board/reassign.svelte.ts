// New masters for several visits at once: the planner's best for each, taken one by one so that each fits with the last.
import { live } from '../live/hook.svelte';
import { t } from '../lib/i18n.svelte';
import { toasts } from '../lib/toast.svelte';
import type { Slot, Visit } from '../wire/types';
import { board } from './board.svelte';
import { assign, history, inTurn } from './deeds';
import type { Gesture } from './history';
import { movable } from './look';

export type Standing = 'asking' | 'ready' | 'nobody' | 'done' | 'refused';
export interface Row { visit: string; best: Slot | null; standing: Standing; out: boolean }

/** The cheapest that is a change: the master who has the visit now is no answer. */
export const bestOf = (slots: Slot[], v: Visit): Slot | null =>
  slots.filter((s) => s.master !== v.master).sort((a, b) => a.extra_min - b.extra_min || a.start - b.start)[0] ?? null;

class Reassign {
  rows = $state.raw<Row[]>([]);
  busy = $state(false);
  private turn = 0;

  /** Asks who could take each of the visits. */
  async open(visits: string[]): Promise<void> {
    const turn = ++this.turn;
    board.reassign = visits;
    this.rows = visits.map((visit) => ({ visit, best: null, standing: 'asking', out: false }));
    for (const id of visits) {
      const v = board.model.visits.get(id);
      const best = v && movable(v) ? await this.ask(v) : null;
      if (turn !== this.turn) return;
      this.put(id, { best, standing: best ? 'ready' : 'nobody' });
    }
  }
  close(): void {
    this.turn += 1;
    this.rows = [];
    board.reassign = null;
  }
  leaveOut(visit: string, out: boolean): void {
    this.put(visit, { out });
  }
  get ready(): Row[] {
    return this.rows.filter((r) => r.standing === 'ready' && !r.out);
  }
  get extra(): number {
    return this.ready.reduce((sum, r) => sum + (r.best?.extra_min ?? 0), 0);
  }

  /** Takes all that are ticked. Every acceptance changes the plan, so the next one is asked for anew. */
  async accept(only?: string): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    await inTurn(() => this.take(only));
    this.busy = false;
  }
  private async take(only?: string): Promise<void> {
    const gesture: Gesture = [];
    for (const row of this.ready.filter((r) => !only || r.visit === only)) {
      const v = board.model.visits.get(row.visit);
      const best = v && (gesture.length ? await this.ask(v) : row.best);
      const done = v && best ? await assign(v, best.master, best.start, { pin: false }) : null;
      if (done && done !== 'clash') gesture.push(done);
      this.put(row.visit, { best: best ?? row.best, standing: done && done !== 'clash' ? 'done' : best ? 'refused' : 'nobody' });
    }
    history.did(gesture);
    if (gesture.length) toasts.say(t('reassign.done', { n: gesture.length }), 'good');
    if (this.rows.every((r) => r.standing === 'done')) {
      board.forgetChosen();
      this.close();
    }
  }

  private async ask(v: Visit): Promise<Slot | null> {
    try {
      const { candidates } = await live.command('visit.candidates', { visit: v.id }, { volatile: true });
      return bestOf(candidates, v);
    } catch {
      return null;
    }
  }
  private put(visit: string, change: Partial<Row>): void {
    this.rows = this.rows.map((r) => (r.visit === visit ? { ...r, ...change } : r));
  }
}
export const reassign = new Reassign();
