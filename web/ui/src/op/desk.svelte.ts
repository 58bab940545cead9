// State of the operator's desk: own line, the call on screen, the client's card and the request being taken.
import { Rows } from '../live/hook.svelte';
import { t } from '../lib/i18n.svelte';
import { get } from '../lib/session.svelte';
import { act, reason, toasts } from '../lib/toast.svelte';
import { leg } from './leg.svelte';
import type { Call, Callback, ClientCard, Operator, Pop, Priority, ServicePoint, Slot, Unit, Watch } from '../wire/types';

export interface Draft { point: string; unit: string; kind: string; symptom: string; priority: Priority; masters: number }
export type Stage = 'form' | 'slots' | 'booked';

const blank = (): Draft => ({ point: '', unit: '', kind: 'repair', symptom: '', priority: 'normal', masters: 1 });

class Desk {
  agent = new Rows<Operator | Pop | Watch>('agent');
  queue = new Rows<Call | Operator | Callback>('queue');
  card = $state.raw<ClientCard | null>(null);
  /** Number for the new-client form; null = the form is closed. */
  newcomer = $state<string | null>(null);
  draft = $state<Draft>(blank());
  stage = $state<Stage>('form');
  offers = $state.raw<Slot[]>([]);
  request = $state<{ id: string; no: string | number; visit: string } | null>(null);
  booked = $state.raw<Slot | null>(null);
  busy = $state(false);
  /** What is open in the call bar: the keypad, or whom to give the call to. */
  panel = $state<'keys' | 'give' | null>(null);
  private popped = '';

  get me(): Operator | undefined { return this.agent.get('me') as Operator | undefined; }
  get pop(): Pop | undefined { return this.agent.get('pop') as Pop | undefined; }
  /** The call of the pop; its row in the queue is newer when the call was held or resumed meanwhile. */
  get call(): Call | null {
    const popped = this.pop?.call;
    if (!popped) return null;
    const row = this.queue.get(popped.id) as Call | undefined;
    return row && row.rev > popped.rev ? { ...popped, ...row } : popped;
  }
  /** A colleague asks, and I have not answered yet: the call is a talk, but not mine. */
  get asked(): boolean { return this.me?.state === 'ringing' && this.call?.state === 'consulting' && this.call.aside === this.me.id; }
  get ringing(): boolean { return this.call?.state === 'offered' || this.call?.state === 'ringing' || this.asked || (this.me?.state === 'ringing' && !this.talking); }
  get talking(): boolean { return !this.asked && ['talking', 'held', 'consulting', 'conference', 'dialing'].includes(this.call?.state ?? ''); }
  /** Heard by nobody: at once in this page, and by the word of the server after a reload or on a desk phone. */
  get muted(): boolean { return leg.muted || !!this.call?.muted; }
  get wrapping(): boolean { return this.me?.state === 'wrap_up' || this.call?.state === 'wrap_up'; }

  get point(): ServicePoint | null {
    return this.card?.points.find((p) => p.id === this.draft.point) ?? null;
  }
  get unit(): Unit | null {
    return this.point?.units.find((u) => u.id === this.draft.unit) ?? null;
  }

  /** Takes the screen pop when the call changes; a card of the same call may come later or be richer. */
  take(pop: Pop | undefined): void {
    if (!pop) {
      this.popped = '';
      return;
    }
    const key = `${pop.call.id}|${pop.card?.id ?? ''}`;
    if (key === this.popped) {
      if (pop.card && this.card?.id === pop.card.id) this.card = pop.card;
      return;
    }
    const same = this.popped.startsWith(`${pop.call.id}|`);
    this.popped = key;
    if (pop.card) this.show(pop.card);
    else if (!same) {
      this.card = null;
      this.reset();
      this.newcomer = pop.call.from;
    }
  }

  show(card: ClientCard): void {
    this.card = card;
    this.newcomer = null;
    this.reset();
  }

  reset(): void {
    this.draft = blank();
    this.stage = 'form';
    this.offers = [];
    this.request = null;
    this.booked = null;
    const only = this.card?.points.length === 1 ? this.card.points[0] : null;
    if (only) {
      this.draft.point = only.id;
      if (only.units.length === 1) this.draft.unit = only.units[0]!.id;
    }
  }

  clear(): void {
    this.card = null;
    this.newcomer = null;
    this.reset();
  }

  async open(id: string): Promise<void> {
    try {
      this.show(await get<ClientCard>(`/api/clients/${encodeURIComponent(id)}`));
    } catch (error) {
      toasts.say(reason(error), 'bad');
    }
  }

  /** The card as it is now, without losing what is being written. */
  async refresh(id: string): Promise<void> {
    try {
      const card = await get<ClientCard>(`/api/clients/${encodeURIComponent(id)}`);
      if (this.card?.id === id) this.card = card;
    } catch (error) {
      toasts.say(reason(error), 'bad');
    }
  }

  async register(): Promise<void> {
    if (!this.card || this.busy) return;
    this.busy = true;
    const { point, unit, kind, symptom, priority, masters } = this.draft;
    const answer = await act('request.register', {
      call: this.call?.id, client: this.card.id, point, unit: unit || undefined, kind, symptom: symptom.trim(), priority, masters,
    });
    this.busy = false;
    if (!answer) return;
    this.request = { id: answer.request, no: answer.no, visit: answer.visit };
    this.offers = answer.offers ?? [];
    this.stage = 'slots';
  }

  async offersFor(request: { id: string; no: string | number; visit: string }): Promise<void> {
    const answer = await act('slots.offer', { visit: request.visit });
    if (!answer) return;
    this.request = request;
    this.offers = answer.offers;
    this.stage = 'slots';
  }

  async book(slot: Slot): Promise<void> {
    if (!this.request || this.busy) return;
    this.busy = true;
    const answer = await act('request.book', { visit: this.request.visit, from: slot.from, to: slot.to, master: slot.master });
    this.busy = false;
    if (!answer) {
      // The slot went to somebody else: ask for fresh ones instead of leaving stale offers on screen.
      const again = await act('slots.offer', { visit: this.request.visit });
      if (again) this.offers = again.offers;
      return;
    }
    this.booked = { ...slot, master: answer.master ?? slot.master, start: answer.start ?? slot.start };
    this.stage = 'booked';
  }

  /** Takes the oldest task to call back and opens its client, or the form with the number. */
  async takeNext(): Promise<void> {
    const open = this.queue.of<Callback>('callback_').filter((c) => c.state === 'new' || c.state === 'no_answer').sort((a, b) => a.since - b.since);
    if (open[0]) await this.takeCallback(open[0]);
    else toasts.say(t('callback.none'));
  }

  async takeCallback(c: Callback): Promise<void> {
    if (!(await act('callback.take', { callback: c.id }))) return;
    if (c.client) await this.open(c.client);
    else if (!this.call) {
      this.clear();
      this.newcomer = c.phone;
    }
  }

  toggle(panel: 'keys' | 'give'): void {
    this.panel = this.panel === panel ? null : panel;
  }
  answer(): void {
    leg.play();
    if (this.call) void act('call.answer', { call: this.call.id });
    if (leg.state === 'off' || leg.state === 'failed') void leg.open();
  }
  hold(): void {
    if (this.call) void act(this.call.state === 'held' ? 'call.resume' : 'call.hold', { call: this.call.id });
  }
  mute(): void {
    const { call, muted } = this;
    leg.mute(!muted);
    if (call && this.talking && call.state !== 'held' && call.state !== 'dialing') void act(muted ? 'call.unmute' : 'call.mute', { call: call.id });
  }
  /** Click to call: the operator's own line first, then theirs. */
  async dial(number: string): Promise<void> {
    if (this.me?.state !== 'ready') {
      toasts.say(t('op.dial.ready'), 'bad');
      return;
    }
    await act('call.dial', { number });
  }

  async dispose(disposition: string, note = ''): Promise<void> {
    const call = this.call?.id ?? this.me?.call;
    if (!call) return;
    const done = await act('call.dispose', { call, disposition, note: note || undefined, request: this.request?.id });
    if (done) this.clear();
  }
}

export const desk = new Desk();
