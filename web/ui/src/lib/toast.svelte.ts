// Short messages at the edge of the screen, and the one way to send a command whose refusal people must see.
import { LinkDown, Refusal, type CommandOptions } from '../live/client';
import { live } from '../live/hook.svelte';
import type { Answer } from '../wire/types';
import { t } from './i18n.svelte';
import { readRefusals, refusalText } from './refusal';

export interface Toast { id: number; kind: 'info' | 'good' | 'bad'; text: string }
let last = 0;

class Toasts {
  list = $state<Toast[]>([]);
  say(text: string, kind: Toast['kind'] = 'info', ms = kind === 'bad' ? 8000 : 4000): void {
    const id = ++last;
    this.list = [...this.list.slice(-3), { id, kind, text }];
    setTimeout(() => this.drop(id), ms);
  }
  drop(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
export const toasts = new Toasts();

export function reason(error: unknown): string {
  if (error instanceof Refusal) return refusalText(error.problem);
  if (error instanceof LinkDown) return t('link.down');
  return error instanceof Error ? error.message : String(error);
}

/** Sends a command; a refusal becomes a message and `null`. */
export async function act<N extends string>(name: N, args: unknown = {}, options?: CommandOptions): Promise<Answer<N> | null> {
  if (live.state === 'offline') toasts.say(t('link.queued'));
  try {
    return await live.command(name, args, options);
  } catch (error) {
    await readRefusals();
    toasts.say(reason(error), 'bad');
    return null;
  }
}
