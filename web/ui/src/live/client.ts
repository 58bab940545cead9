// The live client: one socket, topics with resume, commands that survive a reconnect. No framework inside.
import type { Answer, ClientFrame, LookMode, Problem, ServerFrame, User } from '../wire/types';
import { CityClock } from './clock';
import { Topic } from './topic';

export type LinkState = 'offline' | 'catching' | 'live';
export interface SocketLike {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}
export interface LiveOptions {
  open: () => SocketLike;
  random?: () => number;
  clock?: CityClock;
  setTimer?: (run: () => void, ms: number) => unknown;
  clearTimer?: (timer: unknown) => void;
  newId?: () => string;
  /** A frame of ours that the server would not take, and that belongs to no command and no topic. */
  complained?: (problem: Problem) => void;
}
interface Pending {
  id: string; name: string; args: unknown; rev?: number; volatile: boolean;
  done: (ok: unknown) => void; fail: (err: Error) => void;
}
export interface CommandOptions { rev?: number; id?: string; volatile?: boolean }

/** A refusal by the server (RFC 9457 body). */
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}
/** A volatile command was dropped because the link is down. */
export class LinkDown extends Error {}

const PING_MS = 15_000;
const SILENCE_MS = 40_000;

export class LiveClient {
  readonly clock: CityClock;
  readonly topics = new Map<string, Topic>();
  state: LinkState = 'offline';
  user: User | null = null;
  tz: string | null = null;
  session: string | null = null;
  private looking: { at: string | null; mode: LookMode } | null = null;
  /** City time of the last frame: what «data as of» shows while offline. */
  asOf: number | null = null;
  /** Set when the server closed the link because the session is not valid. */
  refused = false;
  connects = 0;

  private socket: SocketLike | null = null;
  private welcomed = false;
  private attempt = 0;
  private stopped = true;
  private retryTimer: unknown = null;
  private pingTimer: unknown = null;
  private heardAt = 0;
  private pending = new Map<string, Pending>();
  private watchers = new Set<() => void>();
  private setTimer: (run: () => void, ms: number) => unknown;
  private clearTimer: (timer: unknown) => void;

  constructor(private options: LiveOptions) {
    this.clock = options.clock ?? new CityClock();
    this.setTimer = options.setTimer ?? ((run, ms) => setTimeout(run, ms));
    this.clearTimer = options.clearTimer ?? ((timer) => clearTimeout(timer as number));
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.refused = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.clearTimer(this.retryTimer);
    this.clearTimer(this.pingTimer);
    this.socket?.close();
    this.socket = null;
    this.welcomed = false;
    for (const p of this.pending.values()) p.fail(new LinkDown('stopped'));
    this.pending.clear();
    this.topics.clear();
    this.setState('offline');
  }

  /** Tries at once instead of waiting for the back-off (the browser said «online», the page came back). */
  nudge(): void {
    if (this.stopped || this.socket) return;
    this.clearTimer(this.retryTimer);
    this.attempt = 0;
    this.connect();
  }

  watch(run: () => void): () => void {
    this.watchers.add(run);
    return () => this.watchers.delete(run);
  }

  topic(name: string): Topic {
    let topic = this.topics.get(name);
    if (!topic) {
      topic = new Topic(name);
      this.topics.set(name, topic);
    }
    return topic;
  }

  subscribe(name: string): () => void {
    const topic = this.topic(name);
    topic.refs += 1;
    if (topic.refs === 1 && this.welcomed) {
      this.askFor(topic);
      this.judge();
    }
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      topic.refs -= 1;
      if (topic.refs > 0) return;
      if (this.welcomed) this.send({ t: 'unsub', topic: name });
      topic.forget();
      this.judge();
    };
  }

  command<N extends string>(name: N, args: unknown = {}, options: CommandOptions = {}): Promise<Answer<N>> {
    const id = options.id ?? this.options.newId?.() ?? crypto.randomUUID();
    return new Promise((resolve, reject) => {
      const p: Pending = {
        id, name, args, rev: options.rev, volatile: options.volatile ?? false,
        done: (ok) => resolve(ok as Answer<N>), fail: reject,
      };
      if (p.volatile && !this.welcomed) {
        reject(new LinkDown(name));
        return;
      }
      this.pending.set(id, p);
      if (this.welcomed) this.sendCommand(p);
      this.tell();
    });
  }

  /** Topics that are wanted here and were refused, with the reason. */
  get refusals(): { topic: string; problem: Problem }[] {
    return [...this.topics.values()].flatMap((topic) => (topic.refs > 0 && topic.refused ? [{ topic: topic.name, problem: topic.refused }] : []));
  }

  /** Asks once more for a topic that was refused. */
  askAgain(name: string): void {
    const topic = this.topics.get(name);
    if (!topic?.refs || !this.welcomed) return;
    topic.forget();
    this.askFor(topic);
    this.judge();
    this.tell();
  }

  get waiting(): number {
    return this.pending.size;
  }

  /** Tells the colleagues what is open on this screen; told again after a reconnect. */
  look(at: string | null, mode: LookMode): void {
    if (at === this.looking?.at && mode === this.looking.mode) return;
    this.looking = { at, mode };
    if (this.welcomed) this.send({ t: 'look', at, mode });
  }

  private connect(): void {
    if (this.stopped) return;
    const socket = this.options.open();
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => {
      const resume = [...this.topics.values()]
        .filter((topic) => topic.refs > 0 && topic.position)
        .map((topic) => ({ topic: topic.name, ...topic.position! }));
      this.send({ t: 'hello', v: 1, resume });
    };
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      this.heardAt = Date.now();
      this.frame(JSON.parse(String(event.data)) as ServerFrame);
    };
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      if (event.code === 4401 || event.code === 1008) this.refused = true;
      this.lost();
    };
    this.schedulePing();
  }

  private lost(): void {
    this.socket = null;
    this.welcomed = false;
    this.clearTimer(this.pingTimer);
    for (const topic of this.topics.values()) topic.behind = true;
    for (const [id, p] of [...this.pending]) {
      if (!p.volatile) continue;
      this.pending.delete(id);
      p.fail(new LinkDown(p.name));
    }
    this.setState('offline');
    if (this.stopped) return;
    const ceiling = Math.min(10_000, 400 * 2 ** Math.min(this.attempt, 6));
    this.attempt += 1;
    const wait = ceiling / 2 + (this.options.random ?? Math.random)() * (ceiling / 2);
    this.retryTimer = this.setTimer(() => this.connect(), wait);
  }

  private frame(frame: ServerFrame): void {
    switch (frame.t) {
      case 'welcome': return this.welcome(frame);
      case 'snap': {
        const topic = this.topics.get(frame.topic);
        if (topic?.refs) topic.snap(frame.epoch, frame.seq, frame.rows);
        break;
      }
      case 'd': {
        const topic = this.topics.get(frame.topic);
        if (topic?.refs && topic.delta(frame.from, frame.seq, frame.ops) === 'gap' && !topic.behind) {
          topic.behind = true;
          this.askFor(topic);
        }
        break;
      }
      case 'reset': {
        const topic = this.topics.get(frame.topic);
        if (!topic?.refs) break;
        topic.forget();
        this.askFor(topic);
        break;
      }
      case 'res': {
        const p = this.pending.get(frame.id);
        if (!p) break;
        this.pending.delete(frame.id);
        if (frame.err) p.fail(new Refusal(frame.err));
        else p.done(frame.ok ?? {});
        this.tell();
        break;
      }
      case 'err': {
        const topic = frame.topic === undefined ? undefined : this.topics.get(frame.topic);
        if (topic) {
          topic.refused = frame.problem;
          this.tell();
        } else this.options.complained?.(frame.problem);
        break;
      }
      case 'pong':
        this.clock.set(frame.now);
        // Frames keep their order: a topic resumed without news has been answered by now.
        for (const topic of this.topics.values()) if (topic.position) topic.behind = false;
        break;
    }
    this.asOf = this.clock.now();
    this.judge();
  }

  private welcome(frame: Extract<ServerFrame, { t: 'welcome' }>): void {
    this.welcomed = true;
    this.attempt = 0;
    this.connects += 1;
    this.user = frame.user;
    this.session = frame.session;
    this.tz = frame.tz ?? null;
    this.clock.set(frame.now, frame.lapse);
    this.asOf = frame.now;
    for (const topic of this.topics.values()) if (topic.refs > 0) this.askFor(topic);
    for (const p of this.pending.values()) this.sendCommand(p);
    if (this.looking && this.looking.mode !== 'away') this.send({ t: 'look', ...this.looking });
    this.send({ t: 'ping' });
    this.judge();
    this.tell();
  }

  private askFor(topic: Topic): void {
    this.send(topic.position ? { t: 'sub', topic: topic.name, since: { ...topic.position } } : { t: 'sub', topic: topic.name });
  }

  private sendCommand(p: Pending): void {
    const frame: ClientFrame = { t: 'cmd', id: p.id, name: p.name, args: p.args };
    if (p.rev !== undefined) frame.rev = p.rev;
    this.send(frame);
  }

  private send(frame: ClientFrame): void {
    try {
      this.socket?.send(JSON.stringify(frame));
    } catch {
      // A socket that is closing throws; its close event will bring us to `lost`.
    }
  }

  private schedulePing(): void {
    this.clearTimer(this.pingTimer);
    this.pingTimer = this.setTimer(() => {
      if (Date.now() - this.heardAt > SILENCE_MS) {
        const dead = this.socket;
        this.lost();
        dead?.close();
        return;
      }
      if (this.welcomed) this.send({ t: 'ping' });
      this.schedulePing();
    }, PING_MS);
  }

  private judge(): void {
    if (!this.welcomed) return this.setState('offline');
    for (const topic of this.topics.values()) if (topic.refs > 0 && topic.behind && !topic.refused) return this.setState('catching');
    this.setState('live');
  }

  private setState(state: LinkState): void {
    if (state === this.state) return;
    this.state = state;
    this.tell();
  }

  private tell(): void {
    for (const run of [...this.watchers]) run();
  }
}
