// The phone's queue: order and ids survive failures, reloads and refusals; the overlay shows what the master did.
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { openStore } from '../src/m/db';
import { isFinal, lingers, OpQueue, overlay, type Op } from '../src/m/queue';
import type { Visit } from '../src/wire/types';

class No extends Error {}
const settle = () => new Promise((r) => setTimeout(r, 30));

describe('operation queue', () => {
  it('keeps order and ids through outages, reloads and lost answers: no loss, no duplicate', async () => {
    const store = await openStore();
    const server: string[] = [];
    const seen = new Set<string>();
    let seed = 7;
    const random = () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32);
    const send = async (op: Op) => {
      if (random() < 0.3) throw new Error('down');
      if (!seen.has(op.id)) {
        seen.add(op.id);
        server.push(op.id);
      }
      if (random() < 0.3) throw new Error('answer lost');
      return {};
    };
    let queue = new OpQueue(store, 'u1', send, (e) => e instanceof No, () => {});
    await queue.load();
    const sent: string[] = [];
    for (let i = 0; i < 120; i++) {
      const id = `op-${i}`;
      sent.push(id);
      void queue.add('visit.depart', { visit: 'v' }, i, id);
      if (random() < 0.2) {
        await settle();
        queue.close();
        queue = new OpQueue(store, 'u1', send, (e) => e instanceof No, () => {});
        await queue.load();
      }
    }
    for (let i = 0; i < 400 && queue.ops.length; i++) {
      await queue.flush();
      await new Promise((r) => setTimeout(r, 0));
    }
    expect(server).toEqual(sent);
    expect(await store.all('ops')).toEqual([]);
    queue.close();
  }, 60_000);

  it('drops a refused operation, tells the caller, goes on', async () => {
    const store = await openStore();
    const sent: string[] = [];
    const queue = new OpQueue(store, 'u2', async (op) => {
      sent.push(op.name);
      if (op.name === 'visit.accept') throw new No('taken');
      return { total: '10.00' };
    }, (e) => e instanceof No, () => {});
    await queue.load();
    const first = queue.add('visit.accept', { visit: 'v' }, 1);
    const second = queue.add('visit.complete', { visit: 'v' }, 2);
    await expect(first).rejects.toThrow('taken');
    expect(await second).toEqual({ total: '10.00' });
    expect(sent).toEqual(['visit.accept', 'visit.complete']);
  });

  it('leaves operations of another person alone', async () => {
    const store = await openStore();
    const never = async () => { throw new Error('down'); };
    const other = new OpQueue(store, 'u3', never, () => false, () => {});
    await other.load();
    void other.add('shift.start', {}, 1);
    await settle();
    const mine = new OpQueue(store, 'u4', never, () => false, () => {});
    await mine.load();
    expect(mine.ops).toEqual([]);
    const again = new OpQueue(store, 'u3', never, () => false, () => {});
    await again.load();
    expect(again.ops).toHaveLength(1);
  });
});

describe('two pages of one phone', () => {
  it('never write one operation over another', async () => {
    const down = async () => { throw new Error('down'); };
    const pages = await Promise.all([0, 1].map(async () => new OpQueue(await openStore(), 'u5', down, () => false, () => {})));
    await Promise.all(pages.map((page) => page.load()));
    for (let i = 0; i < 10; i++) for (const page of pages) void page.add('visit.seen', { visit: 'v' }, i, `${pages.indexOf(page)}-${i}`);
    await settle();
    const kept = (await (await openStore()).all<Op>('ops')).filter((op) => op.user === 'u5');
    expect(new Set(kept.map((op) => op.id)).size).toBe(20);
    pages.forEach((page) => page.close());
  });
});

describe('a house that cannot answer just now', () => {
  it('is asked again: only a final no drops an operation', async () => {
    expect([400, 403, 404, 409, 422].filter(isFinal)).toEqual([400, 403, 404, 409, 422]);
    expect([401, 408, 425, 429, 500, 503].filter(isFinal)).toEqual([]);
    class Status extends Error { constructor(readonly status: number) { super(); } }
    let turn = 0;
    const queue = new OpQueue(await openStore(), 'u6', async () => {
      if (turn++ === 0) throw new Status(503);
      return { taken: true };
    }, (e) => e instanceof Status && isFinal(e.status), () => {});
    await queue.load();
    const answer = queue.add('visit.depart', { visit: 'v' }, 1);
    await settle();
    expect(queue.ops).toHaveLength(1);
    await queue.flush();
    expect(await answer).toEqual({ taken: true });
  });
});

describe('an operation', () => {
  it('is on the disk before it is sent', async () => {
    const seen: boolean[] = [];
    const queue: OpQueue = new OpQueue(await openStore(), 'u7', async (op) => {
      seen.push((await (await openStore()).all<Op>('ops')).some((kept) => kept.id === op.id));
      return {};
    }, () => false, () => {});
    await queue.load();
    await Promise.all([1, 2, 3].map((n) => queue.add('visit.seen', { visit: 'v' }, n)));
    expect(seen).toEqual([true, true, true]);
  });
});

describe('a step that was taken', () => {
  it('stays on screen until a newer row comes, and no longer', async () => {
    const settled: { op: Op; rev: number }[] = [];
    const queue = new OpQueue(await openStore(), 'u9', async () => ({}), () => false, () => {}, () => 4, (s) => settled.push(s));
    await queue.load();
    await queue.add('visit.depart', { visit: 'visit_1' }, 0);
    await settle();
    expect(queue.ops).toEqual([]);
    const row = { id: 'visit_1', state: 'accepted', rev: 4 } as Visit;
    expect(settled.map((s) => lingers(row, s))).toEqual([true]);
    expect(lingers({ ...row, rev: 5 }, settled[0]!)).toBe(false);
    expect(lingers({ ...row, id: 'visit_2' }, settled[0]!)).toBe(false);
  });
});

describe('overlay', () => {
  it('shows the state and the money the queue will bring', () => {
    const op = (name: string, args: Record<string, unknown>): Op => ({ order: 1, id: name, name, args, at: 0, user: 'u' });
    const v = { id: 'visit_1', state: 'accepted', price: '1.00', paid: null } as Visit;
    const ops = [op('visit.depart', { visit: 'visit_1' }), op('visit.arrive', { visit: 'visit_2' })];
    expect(overlay(v, ops).state).toBe('en_route');
    const done = overlay(v, [op('visit.complete', { visit: 'visit_1', works: [{ price: '1500' }, { price: '0.50' }] }), op('visit.pay', { visit: 'visit_1', sum: '1500.50', tender: 'cash' })]);
    expect(done).toMatchObject({ state: 'completed', price: '1500.50', paid: '1500.50', tender: 'cash' });
  });
  it('waits for the client’s word on a price only until the office has one', () => {
    const quote: Op = { id: 'q', user: 'u', name: 'visit.quote', args: { visit: 'visit_1', works: [] }, at: 0 } as unknown as Op;
    const row = (phase: Visit['phase']) => overlay({ id: 'visit_1', phase } as Visit, [quote]).phase;
    expect([row('accepted'), row('diagnosing'), row(null)]).toEqual(['await_approval', 'await_approval', 'await_approval']);
    expect([row('approved'), row('declined'), row('in_repair')]).toEqual(['approved', 'declined', 'in_repair']);
  });
});
