// Queue of the master's operations: written down before it is sent, sent in order, each with an id that never changes.
import type { Visit, VisitState } from '../wire/types';
import type { Store } from './db';

export interface Op {
  /** Its number in the database; 0 until it is written down. */
  order: number;
  id: string; name: string; args: Record<string, unknown>; at: number; user: string;
  /** The version of the visit that the master saw. */
  base?: number | null;
}
export type Send = (op: Op) => Promise<unknown>;
/** `refused` = the server said no, drop the operation; anything else thrown = try again later. */
export type IsRefusal = (error: unknown) => boolean;

/** A «no» that asking again will not change. Too many at once, a session that ended, a house that is starting are none. */
export const isFinal = (status: number): boolean => status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status);

const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000];

export class OpQueue {
  ops: Op[] = [];
  private flushing = false;
  private closed = false;
  private answers = new Map<string, { done: (ok: unknown) => void; fail: (e: unknown) => void }>();
  private written = new Map<string, Promise<boolean>>();
  private failures = 0;
  private retry: ReturnType<typeof setTimeout> | null = null;

  constructor(private store: Store, private user: string, private send: Send, private refused: IsRefusal, private changed: () => void, private version: (op: Op) => number | null = () => null, private taken: (settled: Settled) => void = () => undefined) {}

  async load(): Promise<void> {
    const kept = await this.store.all<Op>('ops');
    // Operations of another person on the same phone wait for that person.
    this.ops = kept.filter((op) => op.user === this.user).sort((a, b) => a.order - b.order);
    this.changed();
    void this.flush();
  }

  /** Stops sending; what is written down stays. */
  close(): void {
    if (this.retry) clearTimeout(this.retry);
    this.closed = true;
  }

  /** Writes the operation down, then sends; the promise settles when the server has answered. */
  async add(name: string, args: Record<string, unknown>, at: number, id: string = crypto.randomUUID()): Promise<unknown> {
    const op: Op = { order: 0, id, name, args, at, user: this.user };
    op.base = this.version(op);
    const answer = new Promise<unknown>((done, fail) => this.answers.set(id, { done, fail }));
    answer.catch(() => undefined);
    this.ops = [...this.ops, op];
    this.changed();
    // The database gives the number: two pages of one phone never take the same.
    const { order: _, ...row } = op;
    const written = this.store.append('ops', row).then((order) => ((op.order = order), true), () => false);
    this.written.set(id, written);
    await written;
    void this.flush();
    return answer;
  }

  /** Is the operation on the phone's disk? `false` for one that only the page remembers. */
  isKept(id: string): Promise<boolean> {
    return this.written.get(id) ?? Promise.resolve(true);
  }

  async flush(): Promise<void> {
    if (this.flushing || this.closed) return;
    this.flushing = true;
    try {
      while (this.ops.length && !this.closed) {
        const op = this.ops[0]!;
        await this.written.get(op.id);
        const waiter = this.answers.get(op.id);
        try {
          const rev = this.version(op);
          const ok = await this.send(op);
          this.failures = 0;
          if (rev !== null) this.taken({ op, rev });
          await this.forget(op);
          waiter?.done(ok);
        } catch (error) {
          if (!this.refused(error)) return this.later();
          this.failures = 0;
          await this.forget(op);
          waiter?.fail(error);
        }
      }
    } finally {
      this.flushing = false;
    }
  }

  /** Nobody answered, or not for good: the first operation is tried again by itself. */
  private later(): void {
    if (this.closed) return;
    if (this.retry) clearTimeout(this.retry);
    const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)]!;
    this.retry = setTimeout(() => void this.flush(), wait);
    (this.retry as { unref?: () => void }).unref?.();
  }

  private async forget(op: Op): Promise<void> {
    this.ops = this.ops.filter((other) => other.id !== op.id);
    this.answers.delete(op.id);
    this.written.delete(op.id);
    if (op.order) await this.store.remove('ops', op.order).catch(() => undefined);
    this.changed();
  }
}

const after: Record<string, VisitState> = {
  'visit.accept': 'accepted', 'visit.depart': 'en_route', 'visit.arrive': 'on_site', 'visit.begin': 'working', 'visit.complete': 'completed', 'visit.leave': 'completed',
};

/** Phases of an order whose price nobody has been asked about. */
const unasked: Visit['phase'][] = [null, 'intake', 'accepted', 'diagnosing', 'quote_ready'];

/** An operation the server has taken, and the version its visit had here when the operation was sent. */
export interface Settled { op: Op; rev: number }

/** Still to be laid over the row: the answer has come, the row that shows it has not. Without this a step would jump back for a blink. */
export const lingers = (row: Visit, { op, rev }: Settled): boolean => op.args.visit === row.id && row.rev <= rev;

/** The visit as the master left it: queued operations laid over the server's row. */
export function overlay(v: Visit, ops: Op[]): Visit {
  let shown = v;
  for (const op of ops) {
    if (op.args.visit !== v.id) continue;
    const state = after[op.name];
    if (state) shown = { ...shown, state };
    // A QR payment is known only when the bank says so; the other kinds are facts in the master's hand.
    if (op.name === 'visit.pay' && op.args.tender !== 'sbp') shown = { ...shown, paid: String(op.args.sum), due: '0.00', tender: op.args.tender as Visit['tender'] };
    const proof = () => shown.proof ?? { checks: {}, photos: [], signature: null };
    if (op.name === 'visit.check') shown = { ...shown, proof: { ...proof(), checks: { ...proof().checks, [String(op.args.item)]: String(op.args.answer) } } };
    if (op.name === 'visit.photo' && !proof().photos.some((p) => p.blob === op.args.blob && p.about === op.args.about))
      shown = { ...shown, proof: { ...proof(), photos: [...proof().photos, { about: String(op.args.about), blob: String(op.args.blob) }] } };
    if (op.name === 'visit.sign') shown = { ...shown, proof: { ...proof(), signature: { name: String(op.args.name), blob: String(op.args.blob) } } };
    // Until the office has the price, it waits here; what the client then says is the office's to tell.
    if (op.name === 'visit.quote' && unasked.includes(v.phase)) shown = { ...shown, phase: 'await_approval' };
    if (op.name === 'visit.complete') {
      const works = op.args.works as { price: string }[];
      const cents = works.reduce((sum, w) => sum + Math.round(Number(w.price) * 100), 0);
      shown = { ...shown, price: (cents / 100).toFixed(2), due: (cents / 100).toFixed(2) };
    }
  }
  return shown;
}
