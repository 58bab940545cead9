// One bar of the timeline. Its skeleton is made once and only words, sizes and classes change in it: a part that is made
// anew costs a new layer of paint, and the browser then puts all of them together again.
import { icons, type IconName } from '../lib/icons';

const SVG = 'http://www.w3.org/2000/svg';

export const el = (cls: string, parent?: HTMLElement, tag = 'div'): HTMLElement => {
  const node = document.createElement(tag);
  node.className = cls;
  parent?.append(node);
  return node;
};

/** What a bar shows. */
export interface BarFace {
  cls: string;
  css: string;
  /** Pixels of the way before the visit. */
  travel: number;
  icon: IconName | null;
  title: string | null;
  text: string | null;
  marks: readonly IconName[];
  /** Initials of who else has it open. */
  beside: string | null;
  label: string;
  address: string;
}

function words(node: HTMLElement, text: string): void {
  const first = node.firstChild as Text | null;
  if (first) {
    if (first.data !== text) first.data = text;
  } else node.append(text);
}
function shown(node: HTMLElement | SVGElement, yes: boolean): void {
  if (yes === node.hasAttribute('hidden')) node.toggleAttribute('hidden', !yes);
}
function drawing(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  const values = { width: '13', height: '13', viewBox: '0 0 16 16', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.7', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' };
  for (const [name, value] of Object.entries(values)) svg.setAttribute(name, value);
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export class BarNode {
  readonly el = el('v');
  private way = el('tr', this.el, 'i');
  private icon = drawing(icons.circle);
  private w: HTMLElement;
  private title: HTMLElement;
  private text: HTMLElement;
  private marks: HTMLElement;
  private beside: HTMLElement;
  private css = '';
  private drawn: IconName = 'circle';
  private marked = '';
  private label = '';

  constructor() {
    this.el.setAttribute('role', 'gridcell');
    this.el.tabIndex = -1;
    this.el.append(this.icon);
    this.w = el('w', this.el, 'span');
    this.title = el('', this.w, 'b');
    // A space, so that who hears the bar hears two words, as its name has them.
    this.w.append(' ');
    this.text = el('', this.w, 'small');
    this.marks = el('k', this.el, 'span');
    this.beside = el('p', this.el, 'span');
  }

  show(face: BarFace): void {
    if (this.el.className !== face.cls) this.el.className = face.cls;
    if (this.css !== face.css) this.el.style.cssText = this.css = face.css;
    shown(this.way, face.travel > 2);
    if (face.travel > 2) {
      const width = `${face.travel}px`;
      if (this.way.style.width !== width) this.way.style.width = width;
    }
    shown(this.icon, face.icon !== null);
    if (face.icon && face.icon !== this.drawn) {
      this.drawn = face.icon;
      this.icon.firstElementChild!.setAttribute('d', icons[face.icon]);
    }
    shown(this.w, face.title !== null);
    if (face.title !== null) words(this.title, face.title);
    shown(this.text, face.text !== null);
    if (face.text !== null) words(this.text, face.text);
    const marked = face.marks.join(' ');
    shown(this.marks, marked !== '');
    if (marked !== this.marked) {
      this.marked = marked;
      this.marks.replaceChildren(...face.marks.map((name) => drawing(icons[name])));
    }
    shown(this.beside, face.beside !== null);
    if (face.beside !== null) words(this.beside, face.beside);
    if (face.label !== this.label) {
      this.label = face.label;
      this.el.setAttribute('aria-label', face.label);
      this.el.title = `${face.label}\n${face.address}`;
    }
  }
}
