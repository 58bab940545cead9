// Better plans that wait for the dispatcher: which one is looked at, and the word on it.
import { t } from '../lib/i18n.svelte';
import { toasts } from '../lib/toast.svelte';
import type { Proposal } from '../wire/types';
import { board } from './board.svelte';
import { say } from './deeds';
import { PlannedLayer } from './planned';

/** The dearest first: what saves most is asked about before the rest. */
export function ordered(all: Iterable<Proposal>): Proposal[] {
  return [...all].sort((a, b) => b.saving.min - a.saving.min || a.made - b.made || (a.id < b.id ? -1 : 1));
}

class Proposals {
  /** The one that keys speak of. */
  at = $state<string | null>(null);
  busy = $state(false);
  /** The one under the pointer, while it is there. */
  private hovered: string | null = null;

  get list(): Proposal[] {
    void board.version;
    return ordered(board.model.proposals.values());
  }
  get current(): Proposal | null {
    return this.list.find((p) => p.id === this.at) ?? this.list[0] ?? null;
  }
  /** Opens the panel, or goes on to the next one. */
  next(): void {
    const list = this.list;
    if (!list.length) {
      this.close();
      return toasts.say(t('proposals.none'), 'good');
    }
    const place = list.findIndex((p) => p.id === this.current?.id);
    const next = board.proposing ? list[(place + 1) % list.length]! : (this.current ?? list[0]!);
    board.reassign = null;
    board.proposing = true;
    if (board.show !== 'timeline') board.show = 'timeline';
    this.look(next.id, true);
  }
  close(): void {
    board.proposing = false;
    this.hovered = null;
    this.draw();
  }
  look(id: string, reveal = false): void {
    this.at = id;
    this.draw();
    const first = reveal && this.current ? PlannedLayer.first(this.current.moves) : null;
    if (first) board.renderer?.reveal(first.master, first.start);
  }
  hover(id: string | null): void {
    this.hovered = id;
    this.draw();
  }
  /** Lays what is looked at over the timeline. */
  draw(): void {
    const shown = this.hovered ? board.model.proposals.get(this.hovered) : board.proposing ? this.current : null;
    board.renderer?.propose(shown?.moves ?? []);
  }
  async say(word: 'accept' | 'reject', id = this.current?.id): Promise<void> {
    const proposal = this.list.find((p) => p.id === id);
    if (!proposal || this.busy) return;
    this.busy = true;
    const list = this.list;
    const after = list[list.indexOf(proposal) + 1] ?? list[0];
    const done = await say(word, proposal);
    this.busy = false;
    if (!done) return;
    toasts.say(t(word === 'accept' ? 'proposals.accepted' : 'proposals.rejected', { n: proposal.moves.length }), 'good');
    this.hovered = null;
    this.at = after && after.id !== proposal.id ? after.id : null;
    this.draw();
  }
}
export const proposals = new Proposals();
