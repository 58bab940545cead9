// DOM renderer of the timeline: virtual rows, pooled bars, one repaint a frame. It reads the model and holds no data.
import type { ProposedMove, Visit } from '../wire/types';
import { el, fill, style } from './bar';
import { hands } from './hands';
import { GROUP, type BoardModel } from './model';
import { PlannedLayer } from './planned';
import type { Scene } from './row';
import { Ruler } from './ruler';
import { inView, Shelf } from './shelf';
import { Skin } from './skin';

/** The lowest and the highest row: a small crew gets taller rows instead of an empty field. */
export const ROW = { low: 42, high: 62 };
export const HEAD = 30;
const MIN = 60_000;

export interface Words {
  hour: (ms: number) => string;
  state: (v: Visit) => string;
  master: (state: string) => string;
  load: (min: number) => string;
  group: (key: string) => string;
  /** Together with these. */
  beside: (names: string) => string;
}
export interface Ghost { visit: Visit; master: string; start: number; tone: 'good' | 'warn' | 'bad'; text: string }
/** Milliseconds between two drawings of what others have changed: one by one they would cost a frame each. Under a hand that scrolls or drags fewer frames are theirs. */
const CALM = { usual: 100, hand: 300 };
const NONE: ReadonlySet<string> = new Set();

export class BoardRenderer implements Scene {
  scale = 1.3;
  row = ROW.low;
  side = 186;
  selected: string | null = null;
  master: string | null = null;
  ghost: Ghost | null = null;
  /** Moves of a proposal that is looked at. */
  planned: readonly ProposedMove[] = [];
  now = 0;
  /** Visits chosen together. */
  chosen: ReadonlySet<string> = new Set();
  /** Who else has a visit open or in hand: visit → initials. */
  company: ReadonlyMap<string, string> = new Map();
  private shelf: Shelf;
  private axis: HTMLElement;
  private body: HTMLElement;
  private heads: HTMLElement;
  private line: HTMLElement;
  private flag: HTMLElement;
  private ghostEl: HTMLElement;
  private windowEl: HTMLElement;
  private layer: PlannedLayer;
  private due = false;
  private read = false;
  private scrolled = false;
  private hour = { minute: NaN, text: '' };
  private drawn = 0;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private all = true;
  private hot = new Set<string>();
  private watch: ResizeObserver;
  private skin = new Skin();
  roomy = false;
  readonly rulers: { title: Ruler; text: Ruler; name: Ruler };
  private remeasure = () => {
    for (const ruler of Object.values(this.rulers)) ruler.forget();
    this.request(true);
  };
  /** What is scrolled to and the room there is, remembered: asking the page in a frame makes it lay out everything first. */
  private top = 0;
  private left = 0;
  private room = { width: 0, height: 0 };
  box = new DOMRect();

  constructor(readonly root: HTMLElement, readonly model: BoardModel, readonly words: Words) {
    const { fontFamily } = getComputedStyle(root);
    this.rulers = { title: new Ruler(`580 12px ${fontFamily}`), text: new Ruler(`11.5px ${fontFamily}`), name: new Ruler(`560 13.5px ${fontFamily}`) };
    document.fonts.addEventListener('loadingdone', this.remeasure);
    const head = el('tl-head', root);
    el('tl-corner', head);
    this.axis = el('tl-axis', head);
    this.flag = el('tl-flag', this.axis);
    this.body = el('tl-body', root);
    this.body.setAttribute('role', 'presentation');
    this.heads = el('tl-heads', this.body);
    this.heads.setAttribute('aria-hidden', 'true');
    this.line = el('tl-now', this.body);
    this.windowEl = el('tl-window', this.body);
    this.ghostEl = el('tl-ghost', this.body);
    this.layer = new PlannedLayer(this.body);
    this.shelf = new Shelf(this.body, this.heads, this);
    root.addEventListener('scroll', () => {
      this.top = root.scrollTop;
      this.left = root.scrollLeft;
      this.scrolled = true;
      hands.move();
      this.frame();
    }, { passive: true });
    // Whoever points at a bar or at a head, or comes to a bar by keys, is told more of it.
    for (const come of ['pointerover', 'focusin']) root.addEventListener(come, (e) => this.tell(e.target as Element), { passive: true });
    // What surrounds the timeline may have moved it since: looked up where a hand comes down, not at each of its moves.
    root.addEventListener('pointerdown', () => this.look(), { capture: true, passive: true });
    this.watch = new ResizeObserver(() => {
      this.look();
      this.request(true);
    });
    this.watch.observe(root);
    this.look();
  }

  /** Measures where the timeline stands; what is dragged over it needs it right. */
  look(): void {
    this.box = this.root.getBoundingClientRect();
    this.left = this.root.scrollLeft;
    this.room = { width: this.root.clientWidth, height: this.root.clientHeight };
    this.top = this.root.scrollTop;
  }

  destroy(): void {
    this.watch.disconnect();
    clearTimeout(this.waiting);
    this.skin.destroy();
    document.fonts.removeEventListener('loadingdone', this.remeasure);
    this.root.replaceChildren();
  }

  /** Draws what has changed in the next frame. */
  request(all = false): void {
    if (all) this.all = true;
    this.read = true;
    this.frame();
  }
  /** The same for what others have done: at once after a quiet moment, together in a storm. */
  news(): void {
    this.waiting ??= setTimeout(() => this.request(), Math.max(0, this.drawn + (hands.busy ? CALM.hand : CALM.usual) - performance.now()));
  }
  /** Draws what lies over the rows, and the rows that have come into view. */
  frame(): void {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.paint();
    });
  }
  /** Rows that have changed, when they are to be drawn. */
  private changed(): ReadonlySet<string> | null {
    if (!this.read && !this.all) return NONE;
    this.read = false;
    clearTimeout(this.waiting);
    this.waiting = undefined;
    this.drawn = performance.now();
    return this.model.flush();
  }

  x(ms: number): number {
    return ((ms - this.model.from) / MIN) * this.scale;
  }

  /** Row and time under a point of the screen; time is snapped to `snap` minutes. */
  at(clientX: number, clientY: number, snap = 5): { master: string; start: number } | null {
    const box = this.box;
    const y = clientY - box.top + this.top - HEAD;
    const id = this.model.rows[Math.floor(y / this.row)];
    const x = clientX - box.left + this.left - this.side;
    if (!id || id.startsWith(GROUP) || clientX < box.left + this.side || clientX > box.right || clientY < box.top + HEAD || clientY > box.bottom) return null;
    const step = snap * MIN;
    return { master: id, start: Math.round((this.model.from + (x / this.scale) * MIN) / step) * step };
  }

  point(master: string, start: number): { x: number; y: number } {
    const box = this.box;
    return {
      x: box.left + this.side + this.x(start) - this.left,
      y: box.top + HEAD + this.rowAt(master) * this.row - this.top,
    };
  }

  private rowAt(master: string | null): number {
    return master === null ? -1 : (this.model.rowOf.get(master) ?? -1);
  }

  reveal(master: string, start: number): void {
    const row = this.rowAt(master);
    if (row < 0) return;
    const top = row * this.row;
    const view = this.root.clientHeight - HEAD;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + this.row > this.root.scrollTop + view) this.root.scrollTop = top + this.row - view;
    const x = this.x(start);
    const wide = this.root.clientWidth - this.side;
    if (x < this.root.scrollLeft + 20 || x > this.root.scrollLeft + wide - 80) this.root.scrollLeft = x - wide / 3;
    this.look();
  }

  toNow(): void {
    this.root.scrollLeft = this.x(this.now) - (this.root.clientWidth - this.side) * 0.3;
  }

  zoom(factor: number, clientX?: number): void {
    const box = this.root.getBoundingClientRect();
    const anchor = (clientX ?? box.left + this.side + (box.width - this.side) / 2) - box.left - this.side;
    const at = (this.root.scrollLeft + anchor) / this.scale;
    this.scale = Math.min(6, Math.max(0.6, this.scale * factor));
    this.paintAxis();
    this.root.scrollLeft = at * this.scale - anchor;
    this.request(true);
  }

  private paint(): void {
    const dirty = this.changed();
    const all = this.all || dirty === null;
    this.all = false;
    const width = ((this.model.to - this.model.from) / MIN) * this.scale;
    // A ghost that is dragged moves over rows that stay as they are.
    if (all || dirty.size || this.hot.size || this.scrolled) this.paintRows(dirty, all, width);
    this.paintMarks(width, all);
  }

  private paintRows(dirty: ReadonlySet<string> | null, all: boolean, width: number): void {
    this.scrolled = false;
    const { rows } = this.model;
    if (all) {
      this.measure(rows.length);
      this.body.style.height = `${rows.length * this.row}px`;
      this.body.style.width = `${this.side + width}px`;
      this.root.setAttribute('aria-rowcount', String(rows.length));
      this.paintAxis();
    }
    const { first, last } = inView(this.top, this.room.height, this.row, rows.length);
    this.shelf.show(first, last, (id) => (dirty?.has(id) ?? false) || this.hot.has(id), all);
    this.hot.clear();
  }

  /** Fits the rows to the room there is, between the lowest and the highest. */
  private measure(count: number): void {
    const room = this.room.height - HEAD;
    const row = Math.floor(Math.min(ROW.high, Math.max(ROW.low, room / Math.max(1, count))));
    const side = this.room.width < 620 ? 116 : 186;
    this.row = row;
    this.side = side;
    this.root.style.setProperty('--row-h', `${row}px`);
    this.root.style.setProperty('--side', `${side}px`);
    this.roomy = row >= 54;
    this.skin.fit();
    this.root.classList.toggle('roomy', this.roomy);
    this.root.classList.toggle('narrow', side < 186);
  }

  private paintAxis(): void {
    const { from, to } = this.model;
    const step = this.scale > 2.6 ? 30 : this.scale < 0.9 ? 120 : 60;
    let html = '';
    for (let ms = from; ms < to; ms += step * MIN) html += `<span style="left:${this.x(ms)}px">${this.words.hour(ms)}</span>`;
    this.axis.style.width = `${this.x(to)}px`;
    this.flag.remove();
    this.axis.innerHTML = html;
    this.axis.append(this.flag);
    this.body.style.setProperty('--hour', `${60 * this.scale}px`);
  }

  private paintMarks(width: number, all: boolean): void {
    const inside = this.now >= this.model.from && this.now <= this.model.to;
    if (this.line.hidden === inside) this.line.hidden = this.flag.hidden = !inside;
    style(this.line, `transform:translateX(${this.side + this.x(this.now)}px)`);
    style(this.flag, `transform:translateX(${this.x(this.now)}px) translateX(-50%)`);
    const minute = Math.floor(this.now / MIN);
    if (this.hour.minute !== minute || all) this.hour = { minute, text: this.words.hour(this.now) };
    fill(this.flag, this.hour.text);
    this.layer.paint(this.planned, {
      x: (ms) => this.side + this.x(ms), width: this.side + width, height: this.model.rows.length * this.row, row: this.row, scale: this.scale,
      rowAt: (master) => this.rowAt(master), hour: this.words.hour,
    });
    const ghost = this.ghost;
    const of = ghost?.visit ?? (this.selected ? this.model.visits.get(this.selected) : undefined);
    const span = of?.window;
    const open = !!span && span.to >= this.model.from && span.from <= this.model.to;
    if (this.windowEl.hidden === open) this.windowEl.hidden = !open;
    if (span && open) {
      const a = Math.max(0, this.x(span.from));
      const b = Math.min(width, this.x(span.to));
      const row = ghost ? -1 : this.rowAt(this.model.placed(of!).master);
      style(this.windowEl, `left:${this.side + a}px;width:${Math.max(2, b - a)}px;` + (row < 0 ? 'top:0;bottom:0' : `top:${row * this.row}px;height:${this.row}px`));
    }
    const row = ghost ? this.rowAt(ghost.master) : -1;
    if (this.ghostEl.hidden !== row < 0) this.ghostEl.hidden = row < 0;
    if (ghost && row >= 0) {
      const cls = `tl-ghost ${ghost.tone}`;
      if (this.ghostEl.className !== cls) this.ghostEl.className = cls;
      style(this.ghostEl, `width:${Math.max(24, ghost.visit.minutes * this.scale)}px;transform:translate(${this.side + this.x(ghost.start)}px,${row * this.row + 3}px)`);
      fill(this.ghostEl, ghost.text);
    }
  }

  private tell(at: Element): void {
    const head = at.closest<HTMLElement>('.tl-side');
    if (head) return this.shelf.of(head.dataset.master)?.tell();
    const bar = at.closest<HTMLElement>('.v');
    if (bar) this.shelf.of(bar.closest<HTMLElement>('.tl-row')?.dataset.row)?.bars.get(bar.dataset.visit ?? '')?.tell();
  }

  leaving: ReadonlySet<string> = new Set();
  /** Lays a proposal over the timeline, or takes it away. */
  propose(moves: readonly ProposedMove[]): void {
    const before = this.leaving;
    this.planned = moves;
    this.leaving = new Set(moves.map((m) => m.visit));
    this.touch([...before, ...this.leaving]);
  }

  /** Draws some visits again: they were chosen, or somebody else has taken them in hand. */
  touch(visits: Iterable<string>): void {
    for (const id of visits) {
      for (const row of this.model.mastersOf(id)) this.hot.add(row);
    }
    this.request();
  }

  select(visit: string | null, master: string | null): void {
    for (const id of [this.selected, visit]) for (const row of this.model.mastersOf(id ?? '')) this.hot.add(row);
    for (const id of [this.master, master]) if (id) this.hot.add(id);
    this.selected = visit;
    this.master = master;
    this.request();
  }

  focusBar(id: string): void {
    for (const view of this.shelf.views.values()) view.bars.get(id)?.el.focus({ preventScroll: true });
  }
}
