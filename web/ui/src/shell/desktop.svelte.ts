// What lies over every desktop console: the palette, the map of keys, and what a screen offers to both.
import type { Key } from '../lib/i18n.svelte';
import type { ClientHit } from '../wire/types';

export interface Entry { id: string; text: string; note?: string; mark?: string; run: () => void }
export interface KeySection { title: Key; keys: readonly (readonly [key: string, what: Key])[] }

class DeskTop {
  palette = $state(false);
  help = $state(false);
  /** Set by the screen that is open. */
  sections = $state.raw<KeySection[]>([]);
  find: ((typed: string) => Entry[]) | null = null;
  client: ((hit: ClientHit) => void) | null = null;

  /** A screen gives its keys and what the palette may find on it; the returned function takes them back. */
  offer(what: { sections: KeySection[]; find?: (typed: string) => Entry[]; client?: (hit: ClientHit) => void }): () => void {
    this.sections = what.sections;
    this.find = what.find ?? null;
    this.client = what.client ?? null;
    return () => {
      this.sections = [];
      this.find = this.client = null;
      this.palette = this.help = false;
    };
  }
}
export const desktop = new DeskTop();
