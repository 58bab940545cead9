// DOM renderer of the timeline: virtual rows, pooled bars, one repaint a frame. It reads the model and holds no data.
import type { IconName } from '../lib/icons';
import type { ProposedMove, Visit } from '../wire/types';
import { BarNode, el } from './bar';
import { lookOf, masterTone, slaRisk } from './look';
import { GROUP, type Bar, type BoardModel } from './model';
import { PlannedLayer } from './planned';

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
/** A row, and its head, which stands with the other heads: one thing that stays at the edge costs the browser one layer, and each row's own would cost one a row. */
interface RowView { el: HTMLElement; head: HTMLElement; name: HTMLElement; lane: HTMLElement; shift: HTMLElement; bars: Map<string, BarNode>; free: BarNode[]; id: string; row: number }
/** Rows kept for the next ones that scroll in. */
const SPARE = 40;

const painted = new WeakMap<HTMLElement, string>();
const styled = new WeakMap<HTMLElement, string>();
/** Touching an element's style costs even when nothing changes. */
function style(node: HTMLElement, css: string): void {
  if (styled.get(node) === css) return;
  styled.set(node, css);
  node.style.cssText = css;
}
function fill(node: HTMLElement, html: string): void {
  if (painted.get(node) === html) return;
  painted.set(node, html);
  node.innerHTML = html;
}
const safe = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export class BoardRenderer {
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
  private views = new Map<string, RowView>();
  private spare: RowView[] = [];
  private axis: HTMLElement;
  private body: HTMLElement;
  private heads: HTMLElement;
  private line: HTMLElement;
  private flag: HTMLElement;
  private ghostEl: HTMLElement;
  private windowEl: HTMLElement;
  private layer: PlannedLayer;
  private due = false;
  private all = true;
  private hot = new Set<string>();
  private watch: ResizeObserver;
  /** What is scrolled to and the room there is, remembered: asking the page in a frame makes it lay out everything first. */
  private top = 0;
  private left = 0;
  private room = { width: 0, height: 0 };
  box = new DOMRect();

  constructor(readonly root: HTMLElement, private model: BoardModel, private words: Words) {
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
    root.addEventListener('scroll', () => {
      this.top = root.scrollTop;
      this.left = root.scrollLeft;
      this.request();
    }, { passive: true });
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
    this.root.replaceChildren();
  }

  request(all = false): void {
    if (all) this.all = true;
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.paint();
    });
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
    const dirty = this.model.flush();
    const all = this.all || dirty === null;
    this.all = false;
    const { rows, from, to } = this.model;
    const width = ((to - from) / MIN) * this.scale;
    if (all) {
      this.measure(rows.length);
      this.body.style.height = `${rows.length * this.row}px`;
      this.body.style.width = `${this.side + width}px`;
      this.root.setAttribute('aria-rowcount', String(rows.length));
      this.paintAxis();
    }
    const first = Math.max(0, Math.floor(this.top / this.row) - 2);
    const last = Math.min(rows.length, Math.ceil((this.top + this.room.height) / this.row) + 2);
    const seen = new Set(rows.slice(first, last));
    for (const [id, view] of this.views) {
      if (seen.has(id)) continue;
      view.el.remove();
      view.head.remove();
      this.views.delete(id);
      if (this.spare.length < SPARE) this.spare.push(view);
    }
    for (let i = first; i < last; i++) {
      const id = rows[i]!;
      let view = this.views.get(id);
      const fresh = !view;
      view ??= this.makeRow(id);
      if (view.row !== i || all) {
        view.row = i;
        view.el.style.top = view.head.style.top = `${i * this.row}px`;
        view.el.setAttribute('aria-rowindex', String(i + 1));
      }
      if (fresh || all || dirty?.has(id) || this.hot.has(id)) this.paintRow(view);
    }
    this.hot.clear();
    this.paintMarks(width);
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
    this.root.classList.toggle('roomy', row >= 54);
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

  private paintMarks(width: number): void {
    const inside = this.now >= this.model.from && this.now <= this.model.to;
    if (this.line.hidden === inside) this.line.hidden = this.flag.hidden = !inside;
    style(this.line, `transform:translateX(${this.side + this.x(this.now)}px)`);
    style(this.flag, `transform:translateX(${this.x(this.now)}px) translateX(-50%)`);
    fill(this.flag, this.words.hour(this.now));
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
      fill(this.ghostEl, safe(ghost.text));
    }
  }

  private makeRow(id: string): RowView {
    const kept = this.spare.pop();
    if (kept) {
      kept.free.push(...kept.bars.values());
      kept.bars.clear();
      kept.id = id;
      kept.row = -1;
      kept.el.dataset.row = kept.head.dataset.master = id;
      this.heads.append(kept.head);
      this.body.append(kept.el);
      this.views.set(id, kept);
      return kept;
    }
    const row = el('tl-row', this.body);
    row.setAttribute('role', 'row');
    const head = el('tl-side', this.heads);
    row.dataset.row = head.dataset.master = id;
    // What is seen at the edge, for who listens.
    const name = el('sr', row);
    name.setAttribute('role', 'rowheader');
    const lane = el('tl-lane', row);
    lane.setAttribute('role', 'presentation');
    const view = { el: row, head, name, lane, shift: el('tl-shift', lane), bars: new Map(), free: [], id, row: -1 };
    this.views.set(id, view);
    return view;
  }

  /** The head of a group: a name over its rows. */
  private paintGroup(view: RowView): void {
    view.el.className = 'tl-row';
    view.head.className = 'tl-side tl-group';
    fill(view.name, safe(this.words.group(view.id.slice(GROUP.length))));
    fill(view.head, `<b>${safe(this.words.group(view.id.slice(GROUP.length)))}</b>`);
    view.head.removeAttribute('title');
    view.shift.hidden = true;
    for (const node of [...view.free, ...view.bars.values()]) node.el.remove();
    view.free = [];
    view.bars.clear();
  }

  private paintRow(view: RowView): void {
    if (view.id.startsWith(GROUP)) return this.paintGroup(view);
    const m = this.model.masters.get(view.id);
    if (!m) return;
    const cls = this.master === view.id ? 'tl-side picked' : 'tl-side';
    if (view.head.className !== cls) view.head.className = cls;
    const total = m.shift ? (m.shift.to - m.shift.from) / MIN : 0;
    const load = total ? Math.min(100, Math.round((m.load_min / total) * 100)) : 0;
    fill(view.head,
      `<i class="dot ${masterTone[m.state] ?? 'slate'} ${m.presence}"></i><b>${safe(m.name)}</b>` +
      `<small>${safe(this.words.master(m.state))}</small><em title="${safe(this.words.load(m.load_min))}"><u class="${load > 92 ? 'full' : ''}" style="width:${load}%"></u></em>`);
    fill(view.name, safe(`${m.name}, ${this.words.master(m.state)}, ${this.words.load(m.load_min)}`));
    const title = `${m.name}: ${m.skills.map((s) => s.code).join(', ')}`;
    if (view.head.title !== title) view.head.title = title;
    view.shift.hidden = !m.shift;
    if (m.shift) {
      const a = Math.max(this.model.from, m.shift.from);
      const b = Math.min(this.model.to, m.shift.to);
      style(view.shift, `left:${this.x(a)}px;width:${Math.max(0, this.x(b) - this.x(a))}px`);
    }
    view.shift.classList.toggle('away', m.state === 'unavailable');
    const left = new Set(view.bars.keys());
    for (const bar of this.model.barsOf(view.id)) {
      left.delete(bar.visit.id);
      let node = view.bars.get(bar.visit.id);
      if (!node) {
        node = view.free.pop();
        if (!node) {
          node = new BarNode();
          view.lane.append(node.el);
        }
        node.el.dataset.visit = bar.visit.id;
        view.bars.set(bar.visit.id, node);
      }
      this.paintBar(node, bar, view.id);
    }
    for (const id of left) {
      view.bars.get(id)!.el.remove();
      view.bars.delete(id);
    }
    for (const node of view.free) node.el.remove();
    view.free = [];
  }

  private paintBar(node: BarNode, bar: Bar, master: string): void {
    const v = bar.visit;
    const others = this.model.mastersOf(v.id).filter((id) => id !== master).map((id) => this.model.masters.get(id)?.name).join(', ');
    const about = others ? `${this.words.beside(others)}. ${v.symptom}` : v.symptom;
    const { tone, icon } = lookOf(v.state);
    const width = Math.max(8, ((bar.end - bar.start) / MIN) * this.scale - 1.5);
    const height = (this.row - 7) / bar.lanes;
    const risk = v.late || slaRisk(v, this.now);
    const marks: IconName[] = [];
    if (width > 60 && v.pinned) marks.push('pin');
    if (width > 60 && risk) marks.push('clock');
    if (width > 60 && v.seen && v.state === 'dispatched') marks.push('eye');
    node.show({
      cls: `v ${tone} s-${v.state}${risk ? ' late' : ''}${v.priority !== 'normal' ? ` ${v.priority}` : ''}${bar.pending ? ' pending' : ''}${this.selected === v.id ? ' on' : ''}${this.chosen.has(v.id) ? ' chosen' : ''}${this.leaving.has(v.id) ? ' leaving' : ''}${bar.lanes > 1 ? ' thin' : ''}${width < 92 ? ' slim' : ''}`,
      css: `left:${this.x(bar.start)}px;top:${3 + bar.lane * height}px;width:${width}px;height:${height - (bar.lanes > 1 ? 1 : 0)}px`,
      travel: (bar.travel / MIN) * this.scale,
      icon: width > 18 ? icon : null,
      title: width > 40 ? v.client : null,
      text: bar.lanes > 1 ? null : about,
      marks,
      beside: this.company.get(v.id) ?? null,
      label: `${v.client} ${about}, № ${v.no}, ${this.words.hour(bar.start)}–${this.words.hour(bar.end)}, ${this.words.state(v)}`,
      address: v.address,
    });
  }

  private leaving: ReadonlySet<string> = new Set();
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
    for (const view of this.views.values()) view.bars.get(id)?.el.focus({ preventScroll: true });
  }
}
