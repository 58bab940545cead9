// One keyed topic: rows, position in the server's sequence, and the rule that finds gaps.
import type { Op, Position, Problem } from '../wire/types';

export type Change = { all: true } | { all: false; keys: Set<string> };
export type Listener = (change: Change) => void;
export type Applied = 'ok' | 'old' | 'gap';

export class Topic {
  readonly rows = new Map<string, unknown>();
  position: Position | null = null;
  /** True until the first frame after a (re)connect has come. */
  behind = true;
  refs = 0;
  /** Why the server will not give this topic; null once it has. */
  refused: Problem | null = null;
  private listeners = new Set<Listener>();

  constructor(readonly name: string) {}

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  snap(epoch: string | number, seq: number, rows: [string, unknown][]): void {
    this.rows.clear();
    for (const [key, row] of rows) this.rows.set(key, row);
    this.position = { epoch, seq };
    this.behind = false;
    this.refused = null;
    this.tell({ all: true });
  }

  /**
   * Applies one delta. Rows are whole, so a delta that begins before our position and ends after it
   * is safe to apply; one that ends at or before it is an echo; one that begins after it is a gap.
   */
  delta(from: number, seq: number, ops: Op[]): Applied {
    const at = this.position;
    if (!at || from > at.seq) return 'gap';
    this.behind = false;
    if (seq <= at.seq) return 'old';
    const keys = new Set<string>();
    for (const [key, row] of ops) {
      if (row === null) this.rows.delete(key);
      else this.rows.set(key, row);
      keys.add(key);
    }
    at.seq = seq;
    if (keys.size) this.tell({ all: false, keys });
    return 'ok';
  }

  forget(): void {
    this.position = null;
    this.behind = true;
    this.refused = null;
  }

  private tell(change: Change): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}
