// State of the master's phone: jobs from the live topic or from the mirror, the operation queue, the position watch.
import { Refusal } from '../live/client';
import { live, once } from '../live/hook.svelte';
import { t } from '../lib/i18n.svelte';
import { session } from '../lib/session.svelte';
import { reason, toasts } from '../lib/toast.svelte';
import type { Master, Visit } from '../wire/types';
import { memoryStore, openStore, type Store } from './db';
import { Files, http } from './files';
import { isFinal, lingers, OpQueue, overlay, type Op, type Settled } from './queue';

/** An operation that the server would not take: kept until the master has sent it again or let it go. */
export interface Refused { id: string; name: string; args: Record<string, unknown>; why: string; at: number; user: string; base: number | null }

const POSITION_MS = 15_000;

class Phone {
  rows = $state.raw<ReadonlyMap<string, unknown>>(new Map());
  ops = $state.raw<Op[]>([]);
  private settled = $state.raw<Settled[]>([]);
  /** City time of the mirrored rows while nothing live has come. */
  mirrored = $state<number | null>(null);
  ready = $state(false);
  /** What the server would not take, newest first, until the master has read it. */
  refused = $state.raw<Refused[]>([]);
  /** Photographs and signatures that are still on their way. */
  files = $state(0);
  tracking = $state(false);
  /** The bank's QR on screen, kept while the client pays. */
  qr = $state<{ visit: string; text: string } | null>(null);
  private queue: OpQueue | null = null;
  private store: Store | null = null;
  private pictures: Files | null = null;
  private seen = new Set<string>();

  get me(): Master | undefined { return this.rows.get('me') as Master | undefined; }
  get onShift(): boolean {
    const pending = this.ops.filter((op) => op.name.startsWith('shift.')).at(-1);
    if (pending) return pending.name === 'shift.start';
    return !!this.me && this.me.state !== 'off_shift';
  }
  get jobs(): Visit[] {
    const declined = new Set(this.ops.filter((op) => op.name === 'visit.decline').map((op) => op.args.visit));
    const list: Visit[] = [];
    for (const [key, row] of this.rows) {
      if (key.startsWith('visit_') && !declined.has(key)) {
        const mine = this.settled.filter((s) => lingers(row as Visit, s)).map((s) => s.op);
        list.push(overlay(row as Visit, [...mine, ...this.ops]));
      }
    }
    return list.sort((a, b) => (a.start ?? Infinity) - (b.start ?? Infinity));
  }

  async open(): Promise<() => void> {
    const topic = live.topic('my-jobs');
    const take = () => {
      this.rows = new Map(topic.rows);
      this.mirrored = null;
      this.ready = true;
      this.mirror();
    };
    const off = topic.listen(once(take));
    const leave = live.subscribe('my-jobs');
    if (topic.position) take();
    const unwatch = live.watch(() => live.state !== 'offline' && this.send());
    const timer = setInterval(() => this.send(), 30_000);
    const stop = this.watchPosition();
    try {
      this.store = await openStore();
      const kept = await this.store.all<{ key: string; row: unknown; at: number; user: string }>('rows');
      const mine = kept.filter((k) => k.user === session.user?.id);
      if (!this.ready && mine.length) {
        this.rows = new Map(mine.map((k) => [k.key, k.row]));
        this.mirrored = Math.max(...mine.map((k) => k.at));
        this.ready = true;
      }
    } catch {
      // No IndexedDB (private mode): the queue lives in memory for as long as the page does.
      this.store = memoryStore();
    }
    this.queue = new OpQueue(
      this.store, session.user?.id ?? '', (op) => live.command(op.name, op.args, { id: op.id }),
      (error) => error instanceof Refusal && isFinal(error.problem.status), () => (this.ops = this.queue?.ops ?? []),
      (op) => (this.rows.get(String(op.args.visit)) as Visit | undefined)?.rev ?? null,
      (settled) => (this.settled = [...this.settled.slice(-20), settled]),
    );
    await this.queue.load();
    this.refused = (await this.store.all<Refused>('refused')).filter((r) => r.user === session.user?.id).sort((a, b) => b.at - a.at);
    this.pictures = new Files(this.store, session.user?.id ?? '', http, () => (this.files = this.pictures?.waiting.length ?? 0));
    await this.pictures.load();
    void navigator.storage?.persist?.();
    return () => {
      off();
      leave();
      unwatch();
      stop();
      clearInterval(timer);
      this.queue?.close();
    };
  }

  private timer: ReturnType<typeof setTimeout> | null = null;
  private mirror(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const at = live.clock.now();
      const user = session.user?.id;
      void this.store?.replace('rows', [...this.rows].map(([key, row]) => ({ key, row, at, user }))).catch(() => undefined);
    }, 800);
  }

  /** Queues an operation; a refusal is shown. The promise gives the answer when it comes, or null. */
  async do(name: string, args: Record<string, unknown> = {}): Promise<Record<string, unknown> | null> {
    if (!this.queue) return null;
    if (live.state === 'offline') toasts.say(t('m.queued'));
    try {
      return (await this.queue.add(name, args, live.clock.now())) as Record<string, unknown>;
    } catch (error) {
      const visit = this.rows.get(String(args.visit)) as Visit | undefined;
      const no: Refused = { id: crypto.randomUUID(), name, args: $state.snapshot(args) as Record<string, unknown>, why: reason(error), at: live.clock.now(), user: session.user?.id ?? '', base: visit?.rev ?? null };
      this.refused = [no, ...this.refused].slice(0, 50);
      await this.store?.put('refused', no).catch(() => undefined);
      toasts.say(reason(error), 'bad');
      return null;
    }
  }

  /** Sends a refused operation once more: under a new name, for the old one has had its answer. */
  async again(no: Refused): Promise<void> {
    await this.letGo(no);
    await this.do(no.name, no.args);
  }

  /** The master has read why, and lets it be. */
  async letGo(no: Refused): Promise<void> {
    this.refused = this.refused.filter((other) => other.id !== no.id);
    await this.store?.remove('refused', no.id).catch(() => undefined);
  }

  /** Keeps a picture on the phone and gives its name. */
  async picture(bytes: ArrayBuffer): Promise<string | null> {
    return (await this.pictures?.keep(bytes, live.clock.now())) ?? null;
  }

  private send(): void {
    void this.queue?.flush();
    void this.pictures?.flush();
  }

  /** Tries to send what waits at once. */
  flush(): void {
    live.nudge();
    this.send();
  }

  saw(v: Visit): void {
    if (v.seen || this.seen.has(v.id) || (v.state !== 'dispatched' && !v.beside)) return;
    this.seen.add(v.id);
    void this.do('visit.seen', { visit: v.id });
  }

  private watchPosition(): () => void {
    if (!('geolocation' in navigator)) return () => undefined;
    let last = 0;
    const id = navigator.geolocation.watchPosition((fix) => {
      this.tracking = this.onShift;
      const now = performance.now();
      if (!this.onShift || now - last < POSITION_MS || live.state === 'offline') return;
      last = now;
      void live.command('position', { lat: fix.coords.latitude, lon: fix.coords.longitude }, { volatile: true }).catch(() => undefined);
    }, () => (this.tracking = false), { enableHighAccuracy: true, maximumAge: 10_000 });
    return () => navigator.geolocation.clearWatch(id);
  }
}
export const phone = new Phone();
