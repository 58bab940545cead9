// The look of bars that a stylesheet cannot hold: a colour and an icon for every state, resolved for the theme. A token that
// every bar declares anew and an icon that every bar draws cost far more than a colour and a small picture.
import { icons, type IconName } from '../lib/icons';
import { colours } from '../map/colours';
import { look } from './look';

const MARKS = ['pin', 'clock', 'eye'] as const;
export type Mark = (typeof MARKS)[number];
const SIDE = 13;

/** An icon as a picture for a stylesheet. */
function picture(name: IconName, colour: string, ratio: number): string {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.ceil(SIDE * ratio);
  const pen = canvas.getContext('2d')!;
  pen.scale(canvas.width / 16, canvas.width / 16);
  pen.lineWidth = 1.7;
  pen.lineCap = pen.lineJoin = 'round';
  pen.strokeStyle = colour;
  pen.stroke(new Path2D(icons[name]));
  return `url(${canvas.toDataURL()})`;
}

export class Skin {
  private sheet = new CSSStyleSheet();
  private ratio = 0;
  private dark = matchMedia('(prefers-color-scheme: dark)');
  private again = () => requestAnimationFrame(() => this.dye());

  constructor() {
    document.adoptedStyleSheets.push(this.sheet);
    addEventListener('themechange', this.again);
    this.dark.addEventListener('change', this.again);
  }

  destroy(): void {
    removeEventListener('themechange', this.again);
    this.dark.removeEventListener('change', this.again);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
  }

  /** Icons are drawn for the density of the screen. */
  fit(): void {
    if (this.ratio !== devicePixelRatio) this.dye();
  }

  private dye(): void {
    const ratio = (this.ratio = devicePixelRatio);
    const tones = [...new Set(Object.values(look).map(({ tone }) => tone))];
    const c = colours(['soft', 'red-text', ...tones, ...tones.map((tone) => `${tone}-pale`)]);
    const mix = (colour: string, share: number) => `color-mix(in oklab,${colour} ${share}%,transparent)`;
    let css = '';
    for (const [state, { tone, icon }] of Object.entries(look)) {
      const [fill, pale] = [c[tone]!, c[`${tone}-pale`]!];
      const stripes = state === 'paused' ? `,repeating-linear-gradient(-45deg,transparent 0 7px,${mix(fill, 22)} 7px 12px)` : '';
      css += `.v.s-${state}{background:${picture(icon, fill, ratio)} 9px 50%/${SIDE}px no-repeat${stripes} ${pale};box-shadow:inset ${state === 'confirmed' ? 7 : 4}px 0 ${fill},inset 0 0 0 1px ${mix(fill, 45)}}` +
        `.v.s-${state} .tr{background:linear-gradient(90deg,${mix(fill, 60)} 5px,transparent 0) 0/8px}`;
    }
    for (const name of MARKS) css += `.k.${name}{background-image:${picture(name, c.soft!, ratio)}}.late .k.${name}{background-image:${picture(name, c['red-text']!, ratio)}}`;
    this.sheet.replaceSync(`@layer screens{${css}}`);
  }
}
