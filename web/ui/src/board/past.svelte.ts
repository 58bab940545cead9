// The time machine: while it is open the board shows a past moment, and nothing on it can be moved.
import { city, live } from '../live/hook.svelte';
import { dayStart } from '../lib/format';
import { get } from '../lib/session.svelte';
import { reason, toasts } from '../lib/toast.svelte';
import { Tape, type PastAnswer } from './tape';

const DAY = 86_400_000;
/** City seconds a real second. */
export const SPEEDS = [60, 300, 900] as const;

/** What the board does with another moment: the keys whose rows changed, or `null` for all. */
type Show = (rows: ReadonlyMap<string, unknown>, changed: Set<string> | null) => void;

class Past {
  tape = $state.raw<Tape | null>(null);
  at = $state(0);
  loading = $state(false);
  playing = $state(false);
  speed = $state<number>(SPEEDS[1]);
  show: Show = () => undefined;
  /** Called when the present is wanted back. */
  leave: () => void = () => undefined;
  private asked = 0;
  private frame = 0;

  get open(): boolean {
    return this.tape !== null || this.loading;
  }

  /** Opens a day, counted from today, at a moment of it; without one at its middle, or an hour ago. */
  async enter(day: number, moment: number | null = null): Promise<boolean> {
    const now = live.clock.now();
    const from = dayStart(now) + day * DAY;
    const until = Math.min(from + DAY - 1000, Math.floor(now));
    const turn = ++this.asked;
    this.pause();
    this.loading = true;
    try {
      const told = await get<PastAnswer>(`/api/board/past?from=${from}&until=${until}`);
      if (turn !== this.asked) return false;
      this.tape = new Tape(told);
      this.tape.seek(moment ?? (day === 0 ? now - 3_600_000 : from + DAY / 2));
      this.at = this.tape.at;
      this.show(this.tape.rows, null);
      return true;
    } catch (error) {
      if (turn === this.asked) toasts.say(reason(error), 'bad');
      return false;
    } finally {
      if (turn === this.asked) this.loading = false;
    }
  }

  seek(moment: number): void {
    if (!this.tape) return;
    const changed = this.tape.seek(moment);
    this.at = this.tape.at;
    if (changed === null || changed.size) this.show(this.tape.rows, changed);
    else this.show(this.tape.rows, new Set());
  }
  step(way: 1 | -1): void {
    this.pause();
    if (this.tape) this.seek(this.tape.step(way));
  }

  play(): void {
    if (!this.tape) return;
    if (this.at >= this.tape.until) this.seek(this.tape.from);
    this.playing = true;
    let before = performance.now();
    const run = (now: number) => {
      if (!this.playing || !this.tape) return;
      // Ten pictures a second read as a film of a day.
      if (now - before >= 100) {
        this.seek(this.at + (now - before) * this.speed);
        before = now;
        if (this.at >= this.tape.until) return this.pause();
      }
      this.frame = requestAnimationFrame(run);
    };
    this.frame = requestAnimationFrame(run);
  }
  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }

  close(): void {
    this.asked += 1;
    this.pause();
    this.loading = false;
    if (!this.tape) return;
    this.tape = null;
    this.leave();
  }
}
export const past = new Past();

/** The moment that the board is of: now, or the one the time machine stands at. */
export const moment = {
  get now(): number {
    return past.tape ? past.at : city.now;
  },
};
