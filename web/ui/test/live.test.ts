// The live client against a small in-memory server: drops, duplicates, gaps and reconnects must end in equal state.
import { describe, expect, it } from 'vitest';
import { CityClock } from '../src/live/clock';
import { LinkDown, LiveClient, Refusal, type SocketLike } from '../src/live/client';

interface Line extends SocketLike { sent: Record<string, unknown>[] }

/** A server of one topic with a ring of deltas, and a line to it that can lose and repeat frames. */
class Server {
  rows = new Map<string, unknown>();
  ring: { seq: number; ops: [string, unknown][] }[] = [];
  epoch = 1;
  seq = 0;
  line: Line | null = null;
  subscribed = false;
  results = new Map<string, unknown>();
  runs = 0;
  mute = false;
  constructor(private random: () => number, public faults = false, private depth = 20) {}

  open(): SocketLike {
    const line: Line = {
      sent: [], onopen: null, onmessage: null, onclose: null,
      send: (text) => {
        if (this.line === line) this.receive(JSON.parse(text));
      },
      close: () => this.drop(),
    };
    this.line = line;
    this.subscribed = false;
    return line;
  }
  accept() { this.line?.onopen?.(); }
  drop(code = 1006) {
    const line = this.line;
    this.line = null;
    this.subscribed = false;
    line?.onclose?.({ code });
  }
  push(frame: unknown) { this.line?.onmessage?.({ data: JSON.stringify(frame) }); }

  receive(f: Record<string, any>) {
    this.line!.sent.push(f);
    if (f.t === 'hello') this.push({ t: 'welcome', session: 's', now: 1000, user: { id: 'u', name: 'n', login: 'l', role: 'operator' }, lapse: 60 });
    if (f.t === 'ping') this.push({ t: 'pong', now: 2000 });
    if (f.t === 'sub') {
      this.subscribed = true;
      const since = f.since as { epoch: number; seq: number } | undefined;
      const first = this.ring[0]?.seq ?? this.seq + 1;
      if (since && since.epoch === this.epoch && since.seq >= first - 1) {
        const ops = new Map<string, unknown>();
        for (const d of this.ring) if (d.seq > since.seq) for (const [k, r] of d.ops) ops.set(k, r);
        this.push({ t: 'd', topic: 'board', from: since.seq, seq: this.seq, ops: [...ops] });
      } else this.push({ t: 'snap', topic: 'board', epoch: this.epoch, seq: this.seq, rows: [...this.rows] });
    }
    if (f.t === 'cmd') {
      const dup = this.results.has(f.id);
      if (!dup) {
        this.runs += 1;
        this.results.set(f.id, { n: this.runs });
      }
      if (!this.mute) this.push({ t: 'res', id: f.id, ok: this.results.get(f.id), dup });
    }
  }
  change(ops: [string, unknown][]) {
    const from = this.seq;
    this.seq += 1;
    for (const [k, r] of ops) r === null ? this.rows.delete(k) : this.rows.set(k, r);
    this.ring.push({ seq: this.seq, ops });
    if (this.ring.length > this.depth) this.ring.shift();
    if (!this.subscribed) return;
    const frame = { t: 'd', topic: 'board', from, seq: this.seq, ops };
    const dice = this.faults ? this.random() : 1;
    if (dice < 0.1) return;
    this.push(frame);
    if (dice < 0.2) this.push(frame);
  }
}

function seeded(seed: number) {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

function rig(seed = 1, faults = false) {
  const random = seeded(seed);
  const server = new Server(random, faults);
  const timers: (() => void)[] = [];
  const clock = new CityClock(() => 0);
  const client = new LiveClient({
    open: () => server.open(), random, clock,
    setTimer: (run, ms) => (ms < 15_000 ? timers.push(run) : 0), clearTimer: () => {},
  });
  const reconnect = () => {
    timers.splice(0).forEach((run) => run());
    server.accept();
  };
  return { random, server, client, reconnect, clock };
}

describe('live client', () => {
  it('takes a snapshot, then deltas, and shows the link live', () => {
    const { server, client } = rig();
    server.rows.set('a', { n: 1 });
    client.subscribe('board');
    client.start();
    expect(client.state).toBe('offline');
    server.accept();
    expect(client.state).toBe('live');
    expect(client.topic('board').rows.get('a')).toEqual({ n: 1 });
    server.change([['a', null], ['b', { n: 2 }]]);
    expect([...client.topic('board').rows]).toEqual([['b', { n: 2 }]]);
  });

  it('ignores an echo and asks again after a gap', () => {
    const { server, client } = rig();
    client.subscribe('board');
    client.start();
    server.accept();
    server.change([['a', 1]]);
    server.push({ t: 'd', topic: 'board', from: 0, seq: 1, ops: [['a', 99]] });
    expect(client.topic('board').rows.get('a')).toBe(1);
    server.subscribed = false;
    server.change([['lost', 1]]);
    server.subscribed = true;
    server.change([['seen', 1]]);
    expect([...client.topic('board').rows.keys()].sort()).toEqual(['a', 'lost', 'seen']);
  });

  it('tells what is open here once, again after a reconnect, and not once it has gone away', () => {
    const { server, client, reconnect } = rig();
    const looks = () => server.line!.sent.filter((f) => f.t === 'look').map((f) => [f.at, f.mode]);
    client.look('visit_1', 'view');
    client.start();
    server.accept();
    client.look('visit_1', 'view');
    client.look('visit_1', 'move');
    expect(looks()).toEqual([['visit_1', 'view'], ['visit_1', 'move']]);
    server.drop();
    reconnect();
    expect(looks()).toEqual([['visit_1', 'move']]);
    client.look(null, 'away');
    server.drop();
    reconnect();
    expect(looks()).toEqual([]);
  });

  it('resumes with its position and falls back to a snapshot after an epoch change', () => {
    const { server, client, reconnect } = rig();
    client.subscribe('board');
    client.start();
    server.accept();
    server.change([['a', 1]]);
    server.drop();
    expect(client.state).toBe('offline');
    server.change([['b', 2]]);
    reconnect();
    expect(server.line!.sent[0]).toEqual({ t: 'hello', v: 1, resume: [{ topic: 'board', epoch: 1, seq: 1 }] });
    expect(client.topic('board').rows.get('b')).toBe(2);
    server.drop();
    server.epoch = 2;
    server.seq = 0;
    server.ring = [];
    server.rows = new Map([['z', 1]]);
    reconnect();
    expect([...client.topic('board').rows.keys()]).toEqual(['z']);
    expect(client.state).toBe('live');
  });

  it('obeys reset', () => {
    const { server, client } = rig();
    client.subscribe('board');
    client.start();
    server.accept();
    server.rows = new Map([['n', 5]]);
    server.push({ t: 'reset', topic: 'board', reason: 'restart' });
    expect([...client.topic('board').rows]).toEqual([['n', 5]]);
  });

  it('repeats an unanswered command once, with the same id', async () => {
    const { server, client, reconnect } = rig();
    client.start();
    server.accept();
    server.mute = true;
    const answer = client.command('visit.assign', { visit: 'v' }, { rev: 7 });
    expect(client.waiting).toBe(1);
    server.drop();
    server.mute = false;
    reconnect();
    expect(await answer).toEqual({ n: 1 });
    expect(server.runs).toBe(1);
    expect(server.line!.sent.find((f) => f.t === 'cmd')).toMatchObject({ rev: 7 });
    expect(client.waiting).toBe(0);
  });

  it('drops volatile commands when the link is down and turns refusals into errors', async () => {
    const { server, client } = rig();
    client.start();
    await expect(client.command('visit.preview', {}, { volatile: true })).rejects.toBeInstanceOf(LinkDown);
    server.accept();
    server.mute = true;
    const refused = client.command('x', {}, { id: 'one' });
    server.push({ t: 'res', id: 'one', err: { type: '/problems/conflict', title: 'Conflict', status: 409, detail: 'moved' } });
    await expect(refused).rejects.toBeInstanceOf(Refusal);
  });

  it('marks a closed session', () => {
    const { server, client } = rig();
    client.start();
    server.accept();
    server.drop(4401);
    expect(client.refused).toBe(true);
  });

  it('carries the city clock by the lapse', () => {
    let at = 0;
    const clock = new CityClock(() => at);
    clock.set(1_000_000, 60);
    at = 2000;
    expect(clock.now()).toBe(1_000_000 + 120_000);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('ends equal to the server after random faults, seed %i', (seed) => {
    const { server, client, reconnect, random } = rig(seed, true);
    client.subscribe('board');
    client.start();
    server.accept();
    for (let i = 0; i < 2000; i++) {
      const dice = random();
      if (dice < 0.01) server.drop();
      else if (dice < 0.015) {
        server.drop();
        server.epoch += 1;
        server.seq = Math.floor(random() * 50);
        server.ring = [];
      } else {
        const key = `k${Math.floor(random() * 40)}`;
        server.change([[key, random() < 0.2 ? null : { i }]]);
      }
      if (!server.line && random() < 0.3) reconnect();
    }
    if (!server.line) reconnect();
    server.faults = false;
    server.change([['end', true]]);
    expect(new Map([...client.topic('board').rows].sort())).toEqual(new Map([...server.rows].sort()));
    expect(client.state).toBe('live');
  });
});
