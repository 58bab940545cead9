// The phone's queue against a living server: phones are killed, lines are cut, the server is killed; nothing may be
// lost, doubled or out of order, and both sides must end with the same state.
// PHONE_ROUNDS (20), PHONE_OPS a round (500), PHONE_SEED (1); CALLOUT_BIN names the server.
import 'fake-indexeddb/auto';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { bookVisit, clientNamed, freePorts, binary } from '../city/server.mjs';
import { LiveClient, Refusal, type SocketLike } from '../../src/live/client';
import { openStore, type Store } from '../../src/m/db';
import { isFinal, OpQueue, overlay, type Op } from '../../src/m/queue';
import type { Visit } from '../../src/wire/types';

const [rounds, count, seed0] = [Number(process.env.PHONE_ROUNDS ?? 20), Number(process.env.PHONE_OPS ?? 500), Number(process.env.PHONE_SEED ?? 1)];
let seed = seed0 >>> 0;
const random = () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32);
const wait = (ms: number) => new Promise((ok) => setTimeout(ok, ms));
const tally = { ops: 0, phones: 0, cuts: 0, servers: 0, dups: 0, ms: 0 };

/** A city that can be killed and comes back at the same place with what it had kept. */
class City {
  private child: ChildProcess | null = null;
  private folder = mkdtempSync(join(tmpdir(), 'callout-phone-'));
  url = '';
  private env: Record<string, string> = {};
  async open(): Promise<void> {
    if (!this.url) {
      const { http, sip, webrtc } = await freePorts();
      this.url = `http://127.0.0.1:${http}`;
      this.env = { CALLOUT__HTTP__LISTEN: `127.0.0.1:${http}`, CALLOUT__SIP__LISTEN: `127.0.0.1:${sip}`, CALLOUT__SIP__WEBRTC_PORT: `${webrtc}`, CALLOUT__SIP__MEDIA_PORTS: '[0, 0]', CALLOUT__DISPATCH__AHEAD_MINUTES: '900', CALLOUT__DISPATCH__OFFER_MINUTES: '600' };
    }
    this.child = spawn(binary, ['demo', '--quiet', '--data', this.folder, '--lapse', '1'], { env: { ...process.env, ...this.env }, stdio: 'ignore' });
    for (let turn = 0; !(await fetch(`${this.url}/api/health`).then((a) => a.ok, () => false)); turn++) {
      if (turn > 900 || this.child.exitCode !== null) throw new Error(`\`${binary}\` did not open`);
      await wait(100);
    }
  }
  async kill(): Promise<void> {
    const gone = new Promise((ok) => this.child!.once('exit', ok));
    this.child!.kill('SIGKILL');
    await gone;
  }
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
  async as(login: string) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.url}/api/login`, { method: 'POST', headers, body: JSON.stringify({ login, password: 'demo' }) });
    const cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
    const { user } = (await answer.json()) as { user: { id: string; master: string } };
    const get = async (path: string) => (await fetch(this.url + path, { headers: { cookie } })).json();
    const cmd = async (name: string, args = {}) => {
      const done = await fetch(`${this.url}/api/cmd`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify({ id: crypto.randomUUID(), name, args }) });
      const body = (await done.json()) as { ok: Record<string, unknown>; detail: string };
      if (!done.ok) throw new Error(`${name}: ${done.status} ${body.detail}`);
      return body.ok as never;
    };
    return { user, cookie, get, cmd };
  }
}

/** A line that may be cut at any byte, and be dead for a while. */
class Line {
  private server: Server;
  private open = new Set<Socket>();
  dead = false;
  port = 0;
  constructor(private to: () => string) {
    this.server = createServer((near) => {
      if (this.dead) return near.destroy();
      const { hostname, port } = new URL(this.to());
      const far = connect(Number(port), hostname);
      for (const [a, b] of [[near, far], [far, near]] as const) {
        this.open.add(a);
        a.on('data', (chunk) => {
          if (random() < 0.01) {
            // Half of what was said arrives, the rest never does.
            b.write(chunk.subarray(0, Math.floor(chunk.length * random())));
            return this.cut();
          }
          b.write(chunk);
        });
        a.on('close', () => { this.open.delete(a); b.destroy(); });
        a.on('error', () => b.destroy());
      }
    });
  }
  listen = () => new Promise<void>((ok) => this.server.listen(0, '127.0.0.1', () => { this.port = (this.server.address() as { port: number }).port; ok(); }));
  cut(): void {
    tally.cuts++;
    for (const socket of this.open) socket.destroy();
  }
  close(): void {
    this.cut();
    this.server.close();
  }
}

/** What a phone is made of; `die` is the battery: nothing more is written or sent from that moment. */
class Phone {
  private alive = true;
  private sockets = new Set<WebSocket>();
  live: LiveClient;
  queue: OpQueue;
  constructor(store: Store, user: string, cookie: string, line: Line) {
    const guarded = new Proxy(store, { get: (it, name) => (...given: unknown[]) => (this.alive ? (it as never as Record<string | symbol, (...a: unknown[]) => unknown>)[name]!(...given) : new Promise(() => undefined)) });
    this.live = new LiveClient({
      open: () => {
        const socket = new WebSocket(`ws://127.0.0.1:${line.port}/ws`, { headers: { cookie, origin: `http://127.0.0.1:${line.port}` } });
        this.sockets.add(socket);
        socket.on('error', () => undefined);
        return socket as unknown as SocketLike;
      },
    });
    this.queue = new OpQueue(guarded, user, (op) => this.live.command(op.name, op.args, { id: op.id }), (e) => e instanceof Refusal && isFinal(e.problem.status), () => {});
    this.live.subscribe('my-jobs');
    this.live.watch(() => this.live.state !== 'offline' && void this.queue.flush());
    this.live.start();
  }
  die(): void {
    this.alive = false;
    this.queue.close();
    for (const socket of this.sockets) socket.terminate();
    this.live.stop();
  }
}

const hash = (v: Visit | undefined) => createHash('sha256').update(JSON.stringify([Object.entries(v?.proof?.checks ?? {}).sort(), v?.proof?.photos ?? []])).digest('hex');
const city = new City();
let line: Line, visit: string, login: string, store: Store;

beforeAll(async () => {
  await city.open();
  line = new Line(() => city.url);
  await line.listen();
  const dispatcher = await city.as('dispatcher1');
  const made = await bookVisit(dispatcher, await clientNamed(dispatcher, 'Столовая'), {});
  visit = made.visit;
  for (let n = 1; n <= 12 && !login; n++) if ((await city.as(`master${n}`)).user.master === made.slot.master) login = `master${n}`;
  const me = await city.as(login);
  await me.cmd('shift.start');
  for (let turn = 0; !((await dispatcher.get(`/api/visits/${visit}/events`)) as { name: string }[]).some((e) => e.name === 'visit.dispatched'); turn++) {
    if (turn > 300) throw new Error('the visit was not offered');
    await wait(200);
  }
  await me.cmd('visit.accept', { visit });
  store = await openStore();
}, 240_000);
afterAll(async () => {
  line?.close();
  await city.stop();
  console.log(`phone: ${tally.ops} operations in ${rounds} rounds, ${tally.phones} phones killed, ${tally.cuts} lines cut, ${tally.servers} servers killed: 0 lost, 0 doubled, 0 out of order, ${rounds} of ${rounds} states equal; ${(tally.ops / (tally.ms / 1000)).toFixed(0)} operations a second`);
});

type Fact = { name: string; data: { item?: string; answer?: string; photo?: { blob: string } } };
const told = async () => ((await (await city.as('dispatcher1')).get(`/api/visits/${visit}/events`)) as Fact[]).filter((e) => e.name === 'visit.checked' || e.name === 'visit.photographed');
const saidOf = (f: Fact) => (f.name === 'visit.checked' ? `${f.data.item}=${f.data.answer}` : f.data.photo!.blob);

for (let round = 1; round <= rounds; round++)
  it(`round ${round}: everything arrives once, in order, and both sides agree`, async () => {
    const began = Date.now();
    const before = (await told()).length;
    let me = await city.as(login);
    let phone = new Phone(store, me.user.id, me.cookie, line);
    await phone.queue.load();
    const done: string[] = [];
    const killAt = rounds > 0 && round % 5 === 0 ? Math.floor(random() * count) : -1;
    for (let n = 0; n < count; n++) {
      const photo = n % 100 === 50 && round === 1;
      const blob = createHash('sha256').update(`${round} ${n}`).digest('hex');
      const [name, args] = photo ? ['visit.photo', { visit, about: 'after', blob }] : ['visit.check', { visit, item: random() < 0.5 ? 'safe' : 'shown', answer: random() < 0.5 ? 'yes' : 'no' }];
      const said = photo ? blob : `${(args as { item: string }).item}=${(args as { answer: string }).answer}`;
      for (;;) {
        const id = crypto.randomUUID();
        void phone.queue.add(name, args, Date.now(), id);
        const dies = random() < 0.01;
        // The battery may die before the operation is on the disk: the master then finds it missing and does it again.
        const kept = dies && random() < 0.5 ? null : await phone.queue.isKept(id);
        if (!dies) {
          expect(kept).toBe(true);
          break;
        }
        phone.die();
        tally.phones++;
        await wait(random() * 20);
        const there = kept || (await store.all<Op>('ops')).some((op) => op.id === id);
        phone = new Phone(store, me.user.id, me.cookie, line);
        await phone.queue.load();
        if (there) break;
      }
      done.push(said);
      if (random() < 0.01) line.cut();
      if (random() < 0.004) { line.dead = true; line.cut(); setTimeout(() => (line.dead = false), random() * 400); }
      if (random() < 0.2) await wait(random() * 8);
      if (n === killAt) {
        await city.kill();
        tally.servers++;
        await city.open();
        // Sessions live in memory: the master signs in again, the queue goes on.
        phone.die();
        me = await city.as(login);
        phone = new Phone(store, me.user.id, me.cookie, line);
        await phone.queue.load();
      }
    }
    for (let turn = 0; phone.queue.ops.length; turn++) {
      expect(turn, `${phone.queue.ops.length} operations still wait`).toBeLessThan(3000);
      await wait(20);
      if (phone.live.state === 'offline') phone.live.nudge();
    }
    const facts = (await told()).slice(before).map(saidOf);
    expect(facts).toEqual(done);
    expect(await store.all('ops')).toEqual([]);
    // What the phone shows of its own is what the server shows to everybody.
    const mine = () => phone.live.topic('my-jobs').rows.get(visit) as Visit | undefined;
    const ops = done.map((said, n): Op => said.includes('=') ? { order: n, id: '', name: 'visit.check', at: 0, user: '', args: { visit, item: said.split('=')[0], answer: said.split('=')[1] } } : { order: n, id: '', name: 'visit.photo', at: 0, user: '', args: { visit, about: 'after', blob: said } });
    const expected = hash(overlay({ ...mine()!, proof: { checks: {}, photos: round === 1 ? [] : (mine()?.proof?.photos ?? []), signature: null } }, ops));
    for (let turn = 0; hash(mine()) !== expected; turn++) {
      expect(turn, 'the states differ').toBeLessThan(500);
      await wait(20);
    }
    phone.die();
    tally.ops += done.length;
    tally.ms += Date.now() - began;
  }, 240_000);
