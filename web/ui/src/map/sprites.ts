// Small pictures drawn once and copied thousands of times: without a GPU a path costs many times what a copy costs.

const FONT = '11px "Onest Variable", system-ui, sans-serif';
/** Headings a van is drawn in. */
const SECTORS = 24;
/** Names come and go with the crew; beyond so many the store begins anew. */
const KEPT = 900;

interface Sprite { image: ImageBitmap; width: number; height: number }
type Pen = OffscreenCanvasRenderingContext2D;

export class Sprites {
  private kept = new Map<string, Sprite>();
  private rule: Pen | null = null;

  constructor(private ratio: number) {}

  /** Colours or the density of the screen have changed. */
  forget(ratio = this.ratio): void {
    for (const { image } of this.kept.values()) image.close();
    this.kept.clear();
    this.ratio = ratio;
  }

  private make(key: string, width: number, height: number, draw: (pen: Pen) => void): Sprite {
    const known = this.kept.get(key);
    if (known) return known;
    if (this.kept.size >= KEPT) this.forget();
    const canvas = new OffscreenCanvas(Math.ceil(width * this.ratio), Math.ceil(height * this.ratio));
    const pen = canvas.getContext('2d')!;
    pen.scale(this.ratio, this.ratio);
    draw(pen);
    const made = { image: canvas.transferToImageBitmap(), width: canvas.width / this.ratio, height: canvas.height / this.ratio };
    this.kept.set(key, made);
    return made;
  }

  /** Copies a sprite with its middle at a point, on whole pixels of the screen: anything else is resampled. */
  private put(pen: CanvasRenderingContext2D | Pen, sprite: Sprite, x: number, y: number): void {
    const snap = (v: number) => Math.round(v * this.ratio) / this.ratio;
    pen.drawImage(sprite.image, snap(x - sprite.width / 2), snap(y - sprite.height / 2), sprite.width, sprite.height);
  }

  /** A visit: a disc with an edge. */
  dot(pen: CanvasRenderingContext2D | Pen, x: number, y: number, look: { fill: string; edge: string; r: number; line: number }): void {
    const side = 2 * Math.ceil(look.r + look.line) + 2;
    const sprite = this.make(`${look.fill}|${look.edge}|${look.r}|${look.line}`, side, side, (p) => {
      p.beginPath();
      p.arc(side / 2, side / 2, look.r, 0, 7);
      p.fillStyle = look.fill;
      p.fill();
      p.lineWidth = look.line;
      p.strokeStyle = look.edge;
      p.stroke();
    });
    this.put(pen, sprite, x, y);
  }

  /** A van that drives towards `turn`, in radians. */
  van(pen: CanvasRenderingContext2D, x: number, y: number, look: { fill: string; edge: string; r: number; faint: boolean; turn: number }): void {
    const sector = (Math.round((look.turn / (2 * Math.PI)) * SECTORS) + SECTORS) % SECTORS;
    const { r } = look;
    const side = 2 * (r + 7);
    const sprite = this.make(`van|${look.fill}|${look.edge}|${r}|${look.faint}|${sector}`, side, side, (p) => {
      p.translate(side / 2, side / 2);
      p.rotate((sector / SECTORS) * 2 * Math.PI);
      p.beginPath();
      p.moveTo(r + 4, 0);
      p.lineTo(-r + 1, r - 1);
      p.lineTo(-r + 4, 0);
      p.lineTo(-r + 1, -r + 1);
      p.closePath();
      p.fillStyle = look.fill;
      p.globalAlpha = look.faint ? 0.5 : 1;
      p.strokeStyle = look.edge;
      p.lineWidth = 2;
      p.fill();
      p.stroke();
    });
    this.put(pen, sprite, x, y);
  }

  /** Words on a pill. */
  badge(pen: CanvasRenderingContext2D, text: string, x: number, y: number, look: { fill: string; text: string }): void {
    this.rule ??= new OffscreenCanvas(1, 1).getContext('2d')!;
    this.rule.font = FONT;
    const key = `badge|${text}|${look.fill}|${look.text}`;
    const width = this.kept.get(key)?.width ?? Math.ceil(this.rule.measureText(text).width) + 8;
    const sprite = this.make(key, width, 14, (p) => {
      p.fillStyle = look.fill;
      p.beginPath();
      p.roundRect(0, 0, width, 14, 7);
      p.fill();
      p.fillStyle = look.text;
      p.font = FONT;
      p.textAlign = 'center';
      p.fillText(text, width / 2, 11);
    });
    this.put(pen, sprite, x, y);
  }
}
