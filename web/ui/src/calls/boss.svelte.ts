// A supervisor's part in the calls of others: whom they listen to, how, and what they do with it.
import { session } from '../lib/session.svelte';
import { t } from '../lib/i18n.svelte';
import { act, toasts } from '../lib/toast.svelte';
import { desk } from '../op/desk.svelte';
import { leg } from '../op/leg.svelte';
import type { Call, Operator, Watch, WatchHow } from '../wire/types';

const PATIENCE_MS = 8000;

class Boss {
  /** Without a seat of their own (an administrator) nothing tells this page but its own commands. */
  private alone = $state.raw<Watch | null>(null);

  get seated(): boolean {
    return !!session.user?.operator;
  }
  get watch(): Watch | null {
    if (this.seated) return (desk.agent.get('watch') as Watch | undefined) ?? null;
    return this.alone && this.call(this.alone.call) ? this.alone : null;
  }
  /** The supervisor's own call, when they took one over or were asked. */
  get own(): Call | null {
    return this.seated ? desk.call : null;
  }
  call(id: string | null | undefined): Call | undefined {
    return id ? (desk.queue.get(id) as Call | undefined) : undefined;
  }
  name(id: string | null | undefined): string {
    return (id && (desk.queue.get(id) as Operator | undefined)?.name) || '';
  }
  /** Do people talk in it? Only then is there something to hear. */
  static talks(call: Call | undefined): boolean {
    return ['talking', 'held', 'consulting', 'conference', 'away'].includes(call?.state ?? '');
  }

  /** Takes part: by the browser's own line, which is brought up first. */
  async take(call: Call, how: WatchHow): Promise<void> {
    if (!(await this.line())) return;
    const before = this.watch;
    if (before && before.call !== call.id && !(await act('call.leave', { call: before.call }))) return;
    leg.play();
    if (await act(`call.${how}`, { call: call.id })) this.alone = { call: call.id, how, there: true };
  }
  async leave(): Promise<void> {
    const { watch } = this;
    if (watch && (await act('call.leave', { call: watch.call }))) this.alone = null;
  }
  async takeOver(): Promise<void> {
    const { watch } = this;
    if (watch) await act('call.takeover', { call: watch.call });
  }
  async put(operator: Operator, to: string): Promise<void> {
    const done = await act('operator.set', { operator: operator.id, to, reason: to === 'break' ? 'supervisor' : undefined });
    if (done) toasts.say(t('calls.set.done', { name: operator.name }), 'good');
  }

  private async line(): Promise<boolean> {
    if (leg.state === 'elsewhere') await leg.takeHere();
    else if (leg.state !== 'ready') await leg.open();
    for (let waited = 0; waited < PATIENCE_MS && leg.state !== 'ready'; waited += 50) await new Promise((ok) => setTimeout(ok, 50));
    if (leg.state === 'ready') return true;
    toasts.say(t('calls.noline'), 'bad');
    return false;
  }
}
export const boss = new Boss();
export const talks = Boss.talks;
