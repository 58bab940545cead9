// The city's clock: the server's `now` carried forward by our monotonic clock times the lapse.
export class CityClock {
  private base = Date.now();
  private at: number;
  lapse = 1;

  constructor(private monotonic: () => number = () => performance.now()) {
    this.at = this.monotonic();
  }

  set(now: number, lapse = this.lapse): void {
    this.base = now;
    this.at = this.monotonic();
    this.lapse = lapse > 0 ? lapse : 1;
  }

  now(): number {
    return this.base + (this.monotonic() - this.at) * this.lapse;
  }
}
