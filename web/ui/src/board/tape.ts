// A past day as the server tells it: the rows at its beginning and every change of them. Goes to any moment, both ways.
// Pure: no clock, no DOM.

const AROUND = 30 * 60_000;
type Row = Record<string, unknown>;
export interface PastAnswer { from: number; until: number; rows: [string, Row][]; changes: [number, string, Row][] }

export class Tape {
  readonly rows = new Map<string, Row>();
  /** The moment the rows are of. */
  at: number;
  private done = 0;

  constructor(private told: PastAnswer) {
    this.at = told.from;
    this.begin();
  }
  get from(): number {
    return this.told.from;
  }
  get until(): number {
    return this.told.until;
  }

  private begin(): void {
    this.rows.clear();
    for (const [key, row] of this.told.rows) this.rows.set(key, row);
    this.done = 0;
  }

  /** Goes to a moment; gives the keys whose rows are others now, or `null` when all may be. */
  seek(moment: number): Set<string> | null {
    const to = Math.min(this.until, Math.max(this.from, moment));
    const back = to < this.at;
    if (back) this.begin();
    this.at = to;
    const keys = new Set<string>();
    const { changes } = this.told;
    for (; this.done < changes.length && changes[this.done]![0] <= to; this.done++) {
      const [, key, fields] = changes[this.done]!;
      // A row is never changed in place: whoever holds the old one still sees the old one.
      this.rows.set(key, { ...this.rows.get(key), ...fields });
      keys.add(key);
    }
    return back ? null : keys;
  }

  /** The moment of the change before or after the one we are at; the end of the tape when there is none. */
  step(way: 1 | -1): number {
    const { changes } = this.told;
    if (way > 0) return changes[this.done]?.[0] ?? this.until;
    let n = this.done - 1;
    while (n >= 0 && changes[n]![0] >= this.at) n--;
    return n >= 0 ? changes[n]![0] : this.from;
  }

  /** The stretch in which anything happened, with half an hour around it: the night before is not worth a slider. */
  get busy(): { from: number; until: number } {
    const { changes } = this.told;
    if (!changes.length) return { from: this.from, until: this.until };
    return { from: Math.max(this.from, changes[0]![0] - AROUND), until: Math.min(this.until, changes.at(-1)![0] + AROUND) };
  }

  /** How much happened in each of `parts` equal stretches of the busy time, from 0 to 1. */
  density(parts: number): number[] {
    const counts = new Array<number>(parts).fill(0);
    const { from, until } = this.busy;
    const whole = Math.max(1, until - from);
    for (const [at] of this.told.changes) {
      const part = Math.min(parts - 1, Math.floor(((at - from) / whole) * parts));
      counts[part] = (counts[part] ?? 0) + 1;
    }
    const most = Math.max(1, ...counts);
    return counts.map((n) => n / most);
  }
}
