// One bar of the timeline. Its skeleton is made once and only words, sizes and classes change in it; it is as few parts as
// can be, for each costs the page a style, a box and a piece of paint.
import type { Visit } from '../wire/types';
import type { Ruler } from './ruler';
import type { Mark } from './skin';

export const el = (cls: string, parent?: HTMLElement, tag = 'div'): HTMLElement => {
  const node = document.createElement(tag);
  node.className = cls;
  parent?.append(node);
  return node;
};
const styled = new WeakMap<HTMLElement, string>();
/** Touching an element's style costs even when nothing changes. */
export function style(node: HTMLElement, css: string): void {
  if (styled.get(node) === css) return;
  styled.set(node, css);
  node.style.cssText = css;
}
export function fill(node: HTMLElement, text: string): void {
  // The same piece of text says other words: a new one would have the page look for what stands around it.
  const own = node.firstChild;
  if (!own) node.append(text);
  else if (own.nodeValue !== text) own.nodeValue = text;
}
export function dress(node: HTMLElement, cls: string): void {
  if (node.className !== cls) node.className = cls;
}
const LINE = 14;

/** How a bar stands: what decides where its words begin and how many they are. */
export interface Stand { width: number; height: number; thin: boolean; roomy: boolean; confirmed: boolean; marks: readonly Mark[]; beside: string | null; urgent: number }
export interface Rulers { title: Ruler; text: Ruler }
/** Words as they fit, and where they begin: pixels from the edge and from the top. */
export interface Lines { title: string; text: string; css: string; pad: number; top: number }

/** A bar narrower than this has no room for an ellipsis. */
export const SLIM = 92;
/** The words of a bar: the client over the work, each on its line; two lines for the work where rows are high. */
export function linesOf(client: string, about: string, at: Stand, by: Rulers): Lines {
  if (at.width <= 40) return { title: '', text: '', css: '', pad: 0, top: 0 };
  const slim = at.width < SLIM;
  const under = at.roomy && slim && !at.thin;
  const edge = at.confirmed ? 10 : slim ? 6 : 7;
  const pad = under ? edge : edge + 15 + (slim ? 3 : 5);
  const taken = (at.marks.length ? at.marks.length * 14 + 4 : 0) + (at.beside ? Math.max(18, at.beside.length * 7.5 + 8) + 5 : 0);
  const room = at.width - pad - (slim ? 3 : 5) - taken;
  const mark = slim ? '' : '…';
  const title = by.title.fit(client, room - (under ? 17 : 0) - at.urgent, mark);
  const text = at.thin ? '' : at.roomy ? by.text.wrap(about, room, mark) : by.text.fit(about, room, mark);
  const lines = text ? (text.includes('\n') ? 3 : 2) : 1;
  // Beside an icon in the corner the words begin in the corner too.
  const top = under ? 5 : lines === 1 ? 0 : (at.height - lines * LINE) / 2;
  const high = top ? `padding-top:${top}px` : `line-height:${at.height}px`;
  return { title, text, css: `;padding-left:${pad}px;${high}${under ? ';text-indent:17px' : ''}`, pad, top };
}

/** What a bar shows besides its words. */
export interface BarFace {
  visit: Visit;
  cls: string;
  css: string;
  /** Pixels of its height. */
  height: number;
  /** Pixels of the way before the visit. */
  travel: number;
  about: string;
  marks: readonly Mark[];
  /** Initials of who else has it open. */
  beside: string | null;
}

export class BarNode {
  readonly el = el('v');
  private title = el('', this.el, 'b');
  private way: HTMLElement | null = null;
  private marks: HTMLElement[] = [];
  private beside: HTMLElement | null = null;
  private shown: BarFace | null = null;
  private css = '';
  private said = '';

  constructor() {
    this.el.setAttribute('role', 'gridcell');
    this.el.tabIndex = -1;
  }

  /** True when it shows just that already. */
  same(face: BarFace): boolean {
    const now = this.shown;
    return !!now && now.visit === face.visit && now.cls === face.cls && now.css === face.css && now.about === face.about && now.beside === face.beside && now.travel === face.travel;
  }

  show(face: BarFace, lines: Lines, label: string): void {
    if (this.shown?.cls !== face.cls) this.el.className = face.cls;
    this.shown = face;
    const css = face.css + lines.css;
    if (this.css !== css) this.el.style.cssText = this.css = css;
    // Shown by the stylesheet: words that are cut are for the eye, and the name says them whole.
    if (this.title.dataset.w !== lines.title) this.title.dataset.w = lines.title;
    const text = lines.text && `\n${lines.text}`;
    if (this.el.dataset.w !== text) this.el.dataset.w = text;
    this.paintBeside(face, lines);
    this.paintMarks(face, lines);
    this.paintWay(face, lines);
    if (label === this.said) return;
    this.said = label;
    this.el.setAttribute('aria-label', label);
    if (this.el.title) this.tell();
  }

  /** What a pointer that rests on it reads; asked for when one comes, not for every bar. */
  tell(): void {
    if (this.shown) this.el.title = `${this.said}\n${this.shown.visit.address}`;
  }

  // The parts of a bar float in it instead of being placed: something placed inside of a bar makes each bar a piece of the
  // page that the browser paints, orders and hit-tests by itself, which cost more than all that is painted.
  private paintWay({ travel, height }: BarFace, { pad, top }: Lines): void {
    if (travel > 2) this.way ??= this.first('i', 'tr');
    if (!this.way) return;
    if (this.way.hidden === travel > 2) this.way.hidden = travel <= 2;
    // It takes no room: what lies left of the bar is taken back from its width.
    if (travel > 2) style(this.way, `width:${travel}px;margin:${height / 2 - 3 - top}px ${pad}px 0 ${-travel - pad}px`);
  }

  private paintMarks({ marks, height }: BarFace, { top }: Lines): void {
    while (this.marks.length > marks.length) this.marks.pop()!.remove();
    // What floats first stands at the edge.
    marks.forEach((name, n) => {
      const mark = (this.marks[n] ??= this.first('i', 'k'));
      dress(mark, `k ${name}`);
      style(mark, `height:${height}px;margin:${-top}px ${n === marks.length - 1 ? 5 : 1}px 0 0`);
    });
  }

  private paintBeside({ beside, height }: BarFace, { top }: Lines): void {
    if (beside === null) {
      this.beside?.remove();
      this.beside = null;
      return;
    }
    if (!this.beside) this.title.before((this.beside = el('p', undefined, 'span')));
    fill(this.beside, beside);
    style(this.beside, `margin:${height / 2 - 8 - top}px 5px 0 0`);
  }

  /** A part before all others. */
  private first(tag: string, cls: string): HTMLElement {
    const part = el(cls, undefined, tag);
    this.el.prepend(part);
    return part;
  }
}
