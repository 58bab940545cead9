// Bridge from the live client to Svelte: reactive reads of topics, link state and the city's clock, once a frame.
import { createSubscriber } from 'svelte/reactivity';
import type { Problem } from '../wire/types';
import { LiveClient, type LinkState, type SocketLike } from './client';

let complain: (problem: Problem) => void = () => undefined;
/** Who hears of frames the server would not take. */
export const onComplaint = (run: (problem: Problem) => void): void => void (complain = run);

export const live = new LiveClient({
  open: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`) as unknown as SocketLike,
  complained: (problem) => complain(problem),
});

addEventListener('online', () => live.nudge());
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && live.nudge());

/** Runs `run` at most once a frame; a hidden page, where frames stop, falls back to a timer. */
export function once(run: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    const go = () => {
      due = false;
      run();
    };
    if (document.visibilityState === 'visible') requestAnimationFrame(go);
    else setTimeout(go, 250);
  };
}

export class Rows<T> {
  private track: () => void;
  private cached: Map<string, T> | null = null;

  constructor(readonly name: string) {
    this.track = createSubscriber((update) => {
      this.cached = null;
      const topic = live.topic(name);
      const later = once(() => {
        this.cached = null;
        update();
      });
      const leave = live.subscribe(name);
      const off = topic.listen(later);
      return () => {
        off();
        leave();
      };
    });
  }

  /** All rows, by key; reading it inside a component keeps the topic subscribed. */
  get map(): ReadonlyMap<string, T> {
    this.track();
    this.cached ??= new Map(live.topic(this.name).rows) as Map<string, T>;
    return this.cached;
  }

  get loaded(): boolean {
    this.track();
    return live.topic(this.name).position !== null;
  }

  get(key: string): T | undefined {
    return this.map.get(key);
  }

  of<U extends T>(prefix: string): U[] {
    const found: U[] = [];
    for (const [key, row] of this.map) if (key.startsWith(prefix)) found.push(row as U);
    return found;
  }
}

class Link {
  private track = createSubscriber((update) => live.watch(once(update)));
  get state(): LinkState { this.track(); return live.state; }
  get asOf(): number | null { this.track(); return live.asOf; }
  get waiting(): number { this.track(); return live.waiting; }
  get connects(): number { this.track(); return live.connects; }
  get refused(): boolean { this.track(); return live.refused; }
  get refusals() { this.track(); return live.refusals; }
  get user() { this.track(); return live.user; }
}
export const link = new Link();

class Clock {
  private track = createSubscriber((update) => {
    const timer = setInterval(update, 500);
    return () => clearInterval(timer);
  });
  /** City time, refreshed twice a second. */
  get now(): number { this.track(); return live.clock.now(); }
}
export const city = new Clock();

let name = $state.raw<string | null>(null);
live.watch(() => (name = live.tz));
/** The city's time zone, as soon as the server has said it: what was written before that is written anew. */
export const zone = { get name(): string | null { return name; } };
