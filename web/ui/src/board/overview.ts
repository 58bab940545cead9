// The whole crew at once on one canvas: a strip a master, in as many columns as it takes. No framework; draws what has changed.
import { hands } from './hands';
import { lookOf, slaRisk, type Tone } from './look';
import { GROUP, type BoardModel } from './model';

const MIN = 60_000;
const tones: Tone[] = ['slate', 'blue', 'violet', 'indigo', 'green', 'amber', 'grey', 'red'];
/** The lowest strip that still shows holes in a day, in CSS pixels. */
const STRIP = { low: 3, high: 30 };
/** Names fit beside strips of this height when there is one column. */
const NAMED = { strip: 13, width: 150, narrow: 88 };
/** Milliseconds between two drawings of what has changed; under a hand that points, more. */
const CALM = { usual: 100, hand: 300 };
const GAP = 10;
const LABEL = 12;

export interface Spot { master: string; visit: string | null; at: number }

export class Overview {
  now = 0;
  selected: string | null = null;
  private canvas: HTMLCanvasElement;
  private pen: CanvasRenderingContext2D;
  private colour = new Map<string, string>();
  private due = false;
  private drawn = 0;
  private all = true;
  private strip = STRIP.low;
  private columns = 1;
  private perColumn = 1;
  private span = 1;
  private left = 0;
  private font = '12px sans-serif';
  private watch: ResizeObserver;
  private rows: string[] = [];
  /** Where the canvas stands, looked up when a pointer comes: asking at each of its moves makes the page lay out everything first. */
  private box: DOMRect | null = null;

  constructor(readonly root: HTMLElement, private model: BoardModel) {
    this.canvas = document.createElement('canvas');
    root.append(this.canvas);
    this.pen = this.canvas.getContext('2d', { alpha: false })!;
    this.watch = new ResizeObserver(() => {
      this.box = null;
      this.request(true);
    });
    this.watch.observe(root);
  }

  destroy(): void {
    this.watch.disconnect();
    this.canvas.remove();
  }

  /** Draws in the next frame when all has changed, else within a tenth of a second: handing a whole canvas to the screen is dear. */
  request(all = false): void {
    if (all) this.all = true;
    if (this.due) return;
    this.due = true;
    const go = () => requestAnimationFrame(() => {
      this.due = false;
      this.drawn = performance.now();
      this.paint();
    });
    const wait = this.all ? 0 : this.drawn + (hands.busy ? CALM.hand : CALM.usual) - performance.now();
    if (wait > 0) setTimeout(go, wait);
    else go();
  }

  /** A pointer has come: what surrounds the canvas may have moved it since. */
  look(): void {
    this.box = null;
  }

  /** What is under a point of the screen. */
  at(clientX: number, clientY: number): Spot | null {
    const box = (this.box ??= this.canvas.getBoundingClientRect());
    const x = clientX - box.left - this.left;
    const column = Math.max(0, Math.floor(x / (this.span + GAP)));
    const row = Math.floor((clientY - box.top - LABEL) / this.strip);
    if (column < 0 || column >= this.columns || row < 0 || row >= this.perColumn) return null;
    const master = this.rows[column * this.perColumn + row];
    if (!master || master.startsWith(GROUP)) return null;
    const at = this.model.from + ((x - column * (this.span + GAP)) / this.span) * (this.model.to - this.model.from);
    const bar = this.model.barsOf(master).find((b) => b.start - 2 * MIN <= at && at <= b.end + 2 * MIN);
    return { master, visit: bar?.visit.id ?? null, at };
  }

  private paint(): void {
    const dirty = this.model.flush();
    const all = this.all || dirty === null;
    this.all = false;
    if (all) {
      this.measure();
      for (let i = 0; i < this.rows.length; i++) this.paintStrip(i);
      this.paintHours();
      return;
    }
    for (const id of dirty) {
      const row = this.model.rowOf.get(id);
      if (row !== undefined) this.paintStrip(row);
    }
  }

  private measure(): void {
    this.rows = this.model.rows;
    const width = Math.max(1, this.root.clientWidth);
    const height = Math.max(1, this.root.clientHeight);
    const dpr = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * dpr) || this.canvas.height !== Math.round(height * dpr)) {
      this.canvas.width = Math.round(width * dpr);
      this.canvas.height = Math.round(height * dpr);
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    const room = height - LABEL;
    this.columns = Math.max(1, Math.ceil((this.rows.length * STRIP.low) / room));
    this.perColumn = Math.max(1, Math.ceil(this.rows.length / this.columns));
    this.strip = Math.max(1, Math.min(STRIP.high, Math.floor((room / this.perColumn) * 2) / 2));
    this.left = this.columns > 1 || this.strip < NAMED.strip ? 0 : width > 500 ? NAMED.width : NAMED.narrow;
    this.span = (width - this.left - GAP * (this.columns - 1)) / this.columns;
    this.pen.setTransform(dpr, 0, 0, dpr, 0, 0);
    this.readColours();
    this.font = `12px ${getComputedStyle(this.root).fontFamily}`;
    this.pen.fillStyle = this.colour.get('sunken')!;
    this.pen.fillRect(0, 0, width, height);
  }

  /** The tones of the theme, resolved: a canvas knows no variables. */
  private readColours(): void {
    const probe = document.createElement('i');
    probe.hidden = true;
    this.root.append(probe);
    const read = (name: string, css: string) => {
      probe.style.color = css;
      this.colour.set(name, getComputedStyle(probe).color);
    };
    for (const tone of tones) read(tone, `var(--${tone})`);
    for (const name of ['sunken', 'panel', 'soft', 'text', 'focus', 'signal-edge']) read(name, `var(--${name})`);
    probe.remove();
  }

  private x(ms: number): number {
    return ((Math.min(this.model.to, Math.max(this.model.from, ms)) - this.model.from) / (this.model.to - this.model.from)) * this.span;
  }

  private paintStrip(row: number): void {
    const id = this.rows[row]!;
    const left = this.left + Math.floor(row / this.perColumn) * (this.span + GAP);
    const top = LABEL + (row % this.perColumn) * this.strip;
    const high = this.strip > 4 ? this.strip - 1 : this.strip;
    const pen = this.pen;
    pen.fillStyle = this.colour.get('sunken')!;
    pen.fillRect(left, top, this.span, this.strip);
    if (id.startsWith(GROUP)) {
      pen.fillStyle = this.colour.get('soft')!;
      pen.fillRect(left, top + high / 2, this.span, 1);
      return;
    }
    const m = this.model.masters.get(id);
    if (this.left && m) {
      pen.fillStyle = this.colour.get('sunken')!;
      pen.fillRect(0, top, this.left, this.strip);
      pen.fillStyle = this.colour.get('text')!;
      pen.font = this.font;
      // Where there is little room, the family name alone.
      const name = this.left === NAMED.narrow ? (m.name.split(' ')[0] ?? '') : m.name;
      pen.fillText(name, 8, top + high / 2 + 4, this.left - 12);
    }
    if (m?.shift) {
      pen.fillStyle = this.colour.get(m.state === 'unavailable' ? 'sunken' : 'panel')!;
      pen.fillRect(left + this.x(m.shift.from), top, this.x(m.shift.to) - this.x(m.shift.from), high);
    }
    for (const bar of this.model.barsOf(id)) {
      const bad = bar.visit.late || slaRisk(bar.visit, this.now);
      pen.fillStyle = this.colour.get(bar.visit.id === this.selected ? 'focus' : bad ? 'red' : lookOf(bar.visit.state).tone)!;
      const from = this.x(bar.start);
      pen.fillRect(left + from, top, Math.max(1, this.x(bar.end) - from - 0.5), high);
    }
    if (this.now > this.model.from && this.now < this.model.to) {
      pen.fillStyle = this.colour.get('signal-edge')!;
      pen.fillRect(left + this.x(this.now), top, 1.5, this.strip);
    }
  }

  private paintHours(): void {
    const pen = this.pen;
    pen.fillStyle = this.colour.get('soft')!;
    pen.font = this.font.replace('12px', '9px');
    const step = this.span > 500 ? 1 : this.span > 220 ? 2 : 4;
    for (let column = 0; column < this.columns; column++) {
      const left = this.left + column * (this.span + GAP);
      for (let hour = 0; this.model.from + hour * 60 * MIN < this.model.to; hour += step) {
        pen.fillText(this.hour(this.model.from + hour * 60 * MIN), left + this.x(this.model.from + hour * 60 * MIN), 9);
      }
    }
  }
  /** How an hour is written; the host gives the city's own. */
  hour: (ms: number) => string = (ms) => String(new Date(ms).getHours());
}
