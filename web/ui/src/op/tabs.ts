// One tab speaks. The voice belongs to the tab that holds a lock of the browser; the others say so and may take it over.

const LOCK = 'callout.voice';
/** A tab that is loaded anew comes back within this time; after it the voice is free to take. */
const BACK_MS = 4000;

export class Tabs {
  /** Does the voice live in this tab? */
  here = false;
  private letGo: (() => void) | null = null;
  private waiting: AbortController | null = null;

  /** `changed(true)`: the voice is here now; `changed(false)`: another tab took it. */
  constructor(private changed: (here: boolean) => void) {}

  /** Takes the voice if nobody has it, or, with `anyway`, from whoever has; true when it is here. */
  async take(anyway: boolean): Promise<boolean> {
    if (this.here) return true;
    // Without locks (an old browser, a page that is not secure) every tab speaks, as before.
    if (!navigator.locks) return (this.here = true);
    this.waiting?.abort();
    this.waiting = null;
    const got = await this.ask(anyway ? { steal: true } : { ifAvailable: true });
    if (!got) this.wait();
    return got;
  }

  /** Gives the voice back. */
  release(): void {
    this.waiting?.abort();
    this.waiting = null;
    this.here = false;
    this.letGo?.();
    this.letGo = null;
  }

  private ask(options: LockOptions): Promise<boolean> {
    return new Promise((answered) => {
      navigator.locks
        .request(LOCK, options, (lock) => {
          if (!lock) return void answered(false);
          this.here = true;
          answered(true);
          return new Promise<void>((done) => (this.letGo = done));
        })
        .catch(() => {
          // Stolen by another tab, or the wait was given up.
          answered(false);
          if (!this.here) return;
          this.here = false;
          this.letGo = null;
          this.wait();
          this.changed(false);
        });
    });
  }

  /** Stands in line for the lock: the tab that speaks may be closed. One that is only loaded anew takes it back first. */
  private wait(): void {
    const waiting = (this.waiting = new AbortController());
    navigator.locks
      .request(LOCK, { signal: waiting.signal }, async () => {
        // While this is held nobody loses anything: a tab that comes back steals it.
        await new Promise((ok) => setTimeout(ok, BACK_MS));
      })
      .then(async () => {
        if (this.waiting !== waiting) return;
        if (await this.take(false)) this.changed(true);
      })
      .catch(() => {
        // The tab that was loaded anew has taken it back, or we have given up: then nobody waits here any more.
        if (this.waiting === waiting && !waiting.signal.aborted) this.wait();
      });
  }
}
