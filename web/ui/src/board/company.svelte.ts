// Who else looks at the board: which visit each of the colleagues has open or in hand. A warning, never a lock.
import { Rows, live } from '../live/hook.svelte';
import { session } from '../lib/session.svelte';
import { short } from '../lib/format';
import type { Presence } from '../wire/types';

/** «Петрова Анна» → «ПА». */
export const initials = (name: string): string => name.trim().split(/\s+/).slice(0, 2).map((w) => w[0] ?? '').join('').toUpperCase();

class Company {
  private rows = new Rows<Presence>('presence');

  /** Colleagues with the board open, one row a screen; one's own screens are left out. */
  get others(): Presence[] {
    return [...this.rows.map.values()].filter((p) => p.user !== session.user?.id);
  }
  /** Colleagues by name, once each. */
  get people(): string[] {
    return [...new Set(this.others.map((p) => p.name))].sort();
  }
  /** Visit → initials of who has it open. */
  get marks(): Map<string, string> {
    const marks = new Map<string, string>();
    for (const p of this.others) if (p.at) marks.set(p.at, `${marks.get(p.at) ?? ''}${initials(p.name)}`);
    return marks;
  }
  /** Who has a visit open, and who is moving it. */
  at(visit: string): { name: string; moving: boolean }[] {
    return this.others.filter((p) => p.at === visit).map((p) => ({ name: short(p.name), moving: p.mode === 'move' }));
  }
  /** Tells the colleagues what is open here. */
  say(at: string | null, mode: Presence['mode']): void {
    live.look(at, mode);
  }
}
export const company = new Company();
