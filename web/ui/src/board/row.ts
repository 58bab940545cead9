// One row of the timeline: the head at its edge, the shift and the bars. It is made once and says other words when another
// master's row is wanted; what it is painted from stands in the scene.
import type { Master } from '../wire/types';
import { BarNode, dress, el, fill, linesOf, SLIM, style, type Rulers } from './bar';
import { masterTone, slaRisk } from './look';
import { GROUP, type Bar, type BoardModel } from './model';
import type { Words } from './renderer';
import type { Ruler } from './ruler';
import type { Mark } from './skin';

const MIN = 60_000;

/** What rows are painted from. */
export interface Scene {
  readonly model: BoardModel;
  readonly words: Words;
  readonly rulers: Rulers & { name: Ruler };
  /** Pixels a minute, of a row's height, of the heads' width; whether a row has room for a third line. */
  readonly scale: number;
  readonly row: number;
  readonly side: number;
  readonly roomy: boolean;
  readonly now: number;
  readonly selected: string | null;
  readonly master: string | null;
  readonly chosen: ReadonlySet<string>;
  /** Visits that a proposal looked at would move. */
  readonly leaving: ReadonlySet<string>;
  /** Who else has a visit open or in hand: visit → initials. */
  readonly company: ReadonlyMap<string, string>;
  x(ms: number): number;
}

/** A head stands with the other heads: one thing that stays at the edge costs the browser one layer, and each row's own would cost one a row. */
interface Head { el: HTMLElement; tip: string; dot: HTMLElement; name: HTMLElement; state: HTMLElement; load: HTMLElement }

export class RowView {
  id = '';
  /** Its place among the rows of the day. */
  place = -1;
  readonly bars = new Map<string, BarNode>();
  private readonly el = el('tl-row');
  private readonly head: Head;
  // What is seen at the edge, for who listens: without words of its own there is nothing to lay out and to paint.
  private readonly name = el('tl-name', this.el);
  private readonly lane = el('tl-lane', this.el);
  private readonly shift = el('tl-shift', this.lane);
  private free: BarNode[] = [];

  constructor() {
    this.el.setAttribute('role', 'row');
    this.name.setAttribute('role', 'rowheader');
    this.lane.setAttribute('role', 'presentation');
    const side = el('tl-side');
    this.head = { el: side, tip: '', dot: el('', side, 'i'), name: el('', side, 'b'), state: el('', side, 'small'), load: el('', el('', side, 'em'), 'u') };
  }

  /** Becomes the row of somebody; what it showed is used again. */
  become(id: string): void {
    this.free.push(...this.bars.values());
    this.bars.clear();
    this.id = id;
    this.place = -1;
    this.el.dataset.row = this.head.el.dataset.master = id;
  }

  enter(body: HTMLElement, heads: HTMLElement): void {
    heads.append(this.head.el);
    body.append(this.el);
  }
  leave(): void {
    this.el.remove();
    this.head.el.remove();
  }

  put(place: number, high: number): void {
    this.place = place;
    this.el.style.top = this.head.el.style.top = `${place * high}px`;
    this.el.setAttribute('aria-rowindex', String(place + 1));
  }

  /** What a head says to whoever points at it. */
  tell(): void {
    if (this.head.el.title !== this.head.tip) this.head.el.title = this.head.tip;
  }

  /** Paints what has changed in it, or everything. */
  paint(scene: Scene, all: boolean): void {
    if (this.id.startsWith(GROUP)) return this.paintGroup(scene);
    const m = scene.model.masters.get(this.id);
    if (!m) return;
    this.paintHead(scene, m);
    this.paintShift(scene, m);
    const left = new Set(this.bars.keys());
    for (const bar of scene.model.barsOf(this.id)) {
      left.delete(bar.visit.id);
      this.paintBar(scene, bar, all);
    }
    for (const id of left) {
      this.bars.get(id)!.el.remove();
      this.bars.delete(id);
    }
    for (const node of this.free) node.el.remove();
    this.free = [];
  }

  /** The bar of a visit: its own, or one to spare that looks like it already, for a class that changes is styled anew. */
  private node(visit: string, cls: string): BarNode {
    let node = this.bars.get(visit);
    if (node) return node;
    const alike = this.free.findIndex((bar) => bar.el.className === cls);
    node = alike >= 0 ? this.free.splice(alike, 1)[0] : this.free.pop();
    if (!node) {
      node = new BarNode();
      this.lane.append(node.el);
    }
    node.el.dataset.visit = visit;
    this.bars.set(visit, node);
    return node;
  }

  private say(text: string): void {
    if (this.name.ariaLabel !== text) this.name.ariaLabel = text;
  }

  /** The head of a group: a name over its rows. */
  private paintGroup(scene: Scene): void {
    const name = scene.words.group(this.id.slice(GROUP.length));
    dress(this.head.el, 'tl-side tl-group');
    this.say(name);
    fill(this.head.name, name);
    this.head.tip = '';
    this.head.el.removeAttribute('title');
    this.shift.hidden = true;
    for (const node of [...this.free, ...this.bars.values()]) node.el.remove();
    this.free = [];
    this.bars.clear();
  }

  private paintHead(scene: Scene, m: Master): void {
    const { head, id } = this;
    const { side, rulers } = scene;
    dress(head.el, scene.master === id ? 'tl-side picked' : 'tl-side');
    const total = m.shift ? (m.shift.to - m.shift.from) / MIN : 0;
    const load = total ? Math.min(100, Math.round((m.load_min / total) * 100)) : 0;
    const state = scene.words.master(m.state);
    const work = scene.words.load(m.load_min);
    dress(head.dot, `dot ${masterTone[m.state] ?? 'slate'} ${m.presence}`);
    fill(head.name, m.name);
    dress(head.name, rulers.name.fits(m.name, side - 42) ? '' : 'clip');
    fill(head.state, rulers.text.fit(state, side - (side < 186 ? 33 : 94)));
    dress(head.load, load > 92 ? 'full' : '');
    style(head.load, `width:${load}%`);
    this.say(`${m.name}, ${state}, ${work}`);
    head.tip = `${m.name}: ${m.skills.map((s) => s.code).join(', ')}\n${work}`;
    if (head.el.title) head.el.title = head.tip;
  }

  private paintShift(scene: Scene, m: Master): void {
    if (this.shift.hidden !== !m.shift) this.shift.hidden = !m.shift;
    if (m.shift) {
      const a = scene.x(Math.max(scene.model.from, m.shift.from));
      const b = scene.x(Math.min(scene.model.to, m.shift.to));
      style(this.shift, `left:${a}px;width:${Math.max(0, b - a)}px`);
    }
    dress(this.shift, m.state === 'unavailable' ? 'tl-shift away' : 'tl-shift');
  }

  private paintBar(scene: Scene, bar: Bar, all: boolean): void {
    const { model, words, roomy } = scene;
    const v = bar.visit;
    const names = model.mastersOf(v.id);
    const others = names.length > 1 ? names.filter((id) => id !== this.id).map((id) => model.masters.get(id)?.name).join(', ') : '';
    const about = others ? `${words.beside(others)}. ${v.symptom}` : v.symptom;
    const width = Math.max(8, ((bar.end - bar.start) / MIN) * scene.scale - 1.5);
    const thin = bar.lanes > 1;
    const high = (scene.row - 7) / bar.lanes;
    const height = high - (thin ? 1 : 0);
    const risk = v.late || slaRisk(v, scene.now);
    const marks: Mark[] = [];
    if (width > 60 && v.pinned) marks.push('pin');
    if (width > 60 && risk) marks.push('clock');
    if (width > 60 && v.seen && v.state === 'dispatched') marks.push('eye');
    const urgent = v.priority !== 'normal';
    const face = {
      visit: v, about, marks, height,
      cls: `v s-${v.state}${risk ? ' late' : ''}${urgent ? ` ${v.priority}` : ''}${bar.pending ? ' pending' : ''}${scene.selected === v.id ? ' on' : ''}${scene.chosen.has(v.id) ? ' chosen' : ''}${scene.leaving.has(v.id) ? ' leaving' : ''}${thin ? ' thin' : ''}${width < SLIM ? ' slim' : ''}${width <= 18 ? ' bare' : ''}`,
      css: `left:${scene.x(bar.start)}px;top:${3 + bar.lane * high}px;width:${width}px;height:${height}px`,
      travel: (bar.travel / MIN) * scene.scale,
      beside: scene.company.get(v.id) ?? null,
    };
    const node = this.node(v.id, face.cls);
    // Nearly all bars of a row that has changed have not.
    if (!all && node.same(face)) return;
    const stand = { width, height, thin, roomy, confirmed: v.state === 'confirmed', marks, beside: face.beside, urgent: urgent ? (v.priority === 'emergency' ? 13 : 9) : 0 };
    node.show(face, linesOf(v.client, about, stand, scene.rulers), `${v.client} ${about}, № ${v.no}, ${words.hour(bar.start)}–${words.hour(bar.end)}, ${words.state(v)}`);
  }
}
