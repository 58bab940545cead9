// Queue of the master's operations: written down before it is sent, sent in order, each with an id that never changes.
import type { Visit, VisitState } from '../wire/types';
import type { Store } from './db';

export interface Op { order: number; id: string; name: string; args: Record<string, unknown>; at: number; user: string }
export type Send = (op: Op) => Promise<unknown>;
/** `refused` = the server said no, drop the operation; anything else thrown = try again later. */
export type IsRefusal = (error: unknown) => boolean;

export class OpQueue {
  ops: Op[] = [];
  private flushing = false;
  private answers = new Map<string, { done: (ok: unknown) => void; fail: (e: unknown) => void }>();
  private last = 0;

  constructor(private store: Store, private user: string, private send: Send, private refused: IsRefusal, private changed: () => void, private version: (op: Op) => number | null = () => null, private taken: (settled: Settled) => void = () => undefined) {}

  async load(): Promise<void> {
    const kept = await this.store.all<Op>('ops');
    // Operations of another person on the same phone wait for that person.
    this.ops = kept.filter((op) => op.user === this.user).sort((a, b) => a.order - b.order);
    this.last = Math.max(0, ...kept.map((op) => op.order));
    this.changed();
    void this.flush();
  }

  /** Writes the operation down, then sends; the promise settles when the server has answered. */
  async add(name: string, args: Record<string, unknown>, at: number, id: string = crypto.randomUUID()): Promise<unknown> {
    const op: Op = { order: ++this.last, id, name, args, at, user: this.user };
    const answer = new Promise<unknown>((done, fail) => this.answers.set(id, { done, fail }));
    answer.catch(() => undefined);
    this.ops = [...this.ops, op];
    this.changed();
    await this.store.put('ops', op).catch(() => undefined);
    void this.flush();
    return answer;
  }

  async flush(): Promise<void> {
    if (this.flushing) return;
    this.flushing = true;
    try {
      while (this.ops.length) {
        const op = this.ops[0]!;
        const waiter = this.answers.get(op.id);
        try {
          const rev = this.version(op);
          const ok = await this.send(op);
          if (rev !== null) this.taken({ op, rev });
          await this.forget(op);
          waiter?.done(ok);
        } catch (error) {
          if (!this.refused(error)) return;
          await this.forget(op);
          waiter?.fail(error);
        }
      }
    } finally {
      this.flushing = false;
    }
  }

  private async forget(op: Op): Promise<void> {
    this.ops = this.ops.filter((other) => other.id !== op.id);
    this.answers.delete(op.id);
    await this.store.remove('ops', op.order).catch(() => undefined);
    this.changed();
  }
}

const after: Record<string, VisitState> = {
  'visit.accept': 'accepted', 'visit.depart': 'en_route', 'visit.arrive': 'on_site', 'visit.begin': 'working', 'visit.complete': 'completed',
};

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
    if (op.name === 'visit.complete') {
      const works = op.args.works as { price: string }[];
      const cents = works.reduce((sum, w) => sum + Math.round(Number(w.price) * 100), 0);
      shown = { ...shown, price: (cents / 100).toFixed(2), due: (cents / 100).toFixed(2) };
    }
  }
  return shown;
}
