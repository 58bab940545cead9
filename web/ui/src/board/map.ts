// Schematic map on one canvas: the ground, moving masters, the chosen master's route. No tiles, no WebGL.
import { colours } from '../map/colours';
import { Projection, type Geo } from '../map/projection';
import { Sprites } from '../map/sprites';
import type { Master } from '../wire/types';
import { FONT, Ground, visitLook, type Sight } from './ground';
import { hands, idle } from './hands';
import { finished, later, masterTone, type Tone } from './look';
import type { BoardModel } from './model';

interface Fix { lat: number; lon: number; at: number; from: Geo; since: number }
const tones: Tone[] = ['slate', 'blue', 'violet', 'indigo', 'green', 'amber', 'grey', 'red'];
const TOKENS = ['page', 'panel', 'line', 'line-strong', 'text', 'soft', 'focus', 'signal', 'ink', 'sunken', ...tones, ...tones.map((tone) => `${tone}-pale`)];
/** How long a van takes from one fix to the next, and the milliseconds of a frame meanwhile: a few vans move softly, a whole fleet steps, and it steps less often under a hand on the timeline. */
const GLIDE = { ms: 1000, few: 100, fleet: 250, many: 60, hands: 500 };
/** Names stand under all vans when a degree is so many pixels. */
const NAMED = 9000;

export class SchematicMap {
  selected: string | null = null;
  master: string | null = null;
  now = 0;
  private pen: CanvasRenderingContext2D;
  private ratio = devicePixelRatio || 1;
  private view = new Projection();
  private sprites = new Sprites(this.ratio);
  private ground: Ground;
  private fixes = new Map<string, Fix>();
  private colours: Record<string, string> = {};
  private due = false;
  private news = true;
  private going = false;
  private moving: ReturnType<typeof setTimeout> | undefined;
  private press: { x: number; y: number; moved: boolean } | null = null;
  private watch: ResizeObserver;

  constructor(private canvas: HTMLCanvasElement, private model: BoardModel, private pick: (visit: string | null, master: string | null) => void) {
    this.pen = canvas.getContext('2d', { alpha: false })!;
    this.ground = new Ground(model, this.view, this.sprites);
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(canvas);
    canvas.addEventListener('pointerdown', (e) => {
      canvas.setPointerCapture(e.pointerId);
      this.press = { x: e.clientX, y: e.clientY, moved: false };
    });
    canvas.addEventListener('pointermove', (e) => this.drag(e));
    canvas.addEventListener('pointerup', (e) => {
      if (this.press && !this.press.moved) this.click(e.offsetX, e.offsetY);
      this.press = null;
    });
    canvas.addEventListener('wheel', (e) => {
      e.preventDefault();
      this.zoom(e.deltaY < 0 ? 1.2 : 1 / 1.2, e.offsetX, e.offsetY);
    }, { passive: false });
    this.recolour();
  }

  destroy(): void {
    this.watch.disconnect();
    clearTimeout(this.moving);
    this.sprites.forget();
  }

  recolour(): void {
    this.colours = colours(TOKENS);
    this.sprites.forget();
    this.ground.stale();
    this.request();
  }

  /** Rows have changed. */
  changed(): void {
    this.news = true;
    // A frame that is on its way takes them along.
    if (this.moving) return;
    if (hands.busy) this.moving = setTimeout(() => this.request(), GLIDE.hands);
    else this.request();
  }

  request(): void {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.paint();
    });
  }

  fit(): void {
    const places = [...this.model.visits.values(), ...[...this.model.masters.values()].map((m) => m.pos ?? m.home)];
    if (this.view.fit(places)) this.request();
  }

  zoom(factor: number, x?: number, y?: number): void {
    this.view.zoom(factor, x, y);
    this.request();
  }

  private resize(): void {
    this.ratio = devicePixelRatio || 1;
    this.view.width = this.canvas.clientWidth;
    this.view.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.view.width * this.ratio);
    this.canvas.height = Math.round(this.view.height * this.ratio);
    this.sprites.forget(this.ratio);
    if (!this.view.zoomPx) this.fit();
    this.request();
  }

  private drag(e: PointerEvent): void {
    if (!this.press) {
      this.canvas.style.cursor = this.hit(e.offsetX, e.offsetY) ? 'pointer' : 'grab';
      return;
    }
    const dx = e.clientX - this.press.x;
    const dy = e.clientY - this.press.y;
    if (!this.press.moved && Math.hypot(dx, dy) < 4) return;
    this.press = { x: e.clientX, y: e.clientY, moved: true };
    this.view.pan(dx, dy);
    this.request();
  }

  /** What is under a point: vans are above visits, the chosen visit above the others. */
  private hit(x: number, y: number): { visit?: string; master?: string } | null {
    const near = (at: { x: number; y: number }, r: number) => Math.abs(at.x - x) <= r + 3 && Math.hypot(at.x - x, at.y - y) <= r + 3;
    const clock = performance.now();
    let found: { visit?: string; master?: string } | null = null;
    for (const m of this.model.masters.values()) {
      if (m.state !== 'off_shift' && near(this.view.xy(this.place(m, clock)), 8)) found = { master: m.id };
    }
    if (found || !this.view.zoomPx) return found;
    for (const v of this.model.visits.values()) {
      if (v.state !== 'cancelled' && v.lat && !later(v, this.now) && near(this.view.xy(v), finished(v) ? 3.5 : 5)) found = { visit: v.id };
      if (v.id === this.selected && found?.visit === v.id) return found;
    }
    return found;
  }
  private click(x: number, y: number): void {
    const found = this.hit(x, y);
    this.pick(found?.visit ?? null, found?.master ?? null);
  }

  private get route(): string | null {
    return this.master ?? (this.selected ? (this.model.visits.get(this.selected)?.master ?? null) : null);
  }

  private paint(): void {
    const { pen, view } = this;
    if (!view.width) return;
    if (!view.zoomPx) this.fit();
    if (!view.zoomPx) return;
    const clock = performance.now();
    const sight: Sight = { selected: this.selected, now: this.now, colours: this.colours };
    const wait = this.news ? this.ground.wait(clock) : 0;
    const ground = this.ground.picture(this.ratio, sight, this.news, clock);
    if (wait === 0) this.news = false;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(ground, 0, 0);
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.font = FONT;
    this.paintRoute(sight);
    let busy = 0;
    for (const m of this.model.masters.values()) if (this.paintMaster(m, clock)) busy += 1;
    this.paintScale();
    this.again(busy, wait);
  }

  /** The next frame that nobody asks for: vans on their way, or news that wait for their turn. */
  private again(busy: number, wait: number): void {
    clearTimeout(this.moving);
    this.moving = undefined;
    if (this.ground.busy) return this.go();
    const glide = busy ? (busy > GLIDE.many ? GLIDE.fleet : GLIDE.few) : Infinity;
    const next = Math.max(Math.min(glide, wait || Infinity), hands.busy ? GLIDE.hands : 0);
    if (next < Infinity) this.moving = setTimeout(() => this.request(), next);
  }
  /** Goes on with the ground, a slice whenever there is time. */
  private go(): void {
    if (this.going) return;
    this.going = true;
    idle(() => {
      this.going = false;
      if (this.ground.step()) this.go();
      else this.request();
    }, GLIDE.few);
  }

  private paintRoute(sight: Sight): void {
    const { pen, view } = this;
    const m = this.route ? this.model.masters.get(this.route) : undefined;
    const stops = m ? this.model.barsOf(m.id).map((b) => b.visit) : [];
    if (m) {
      pen.lineWidth = 2.5;
      pen.strokeStyle = this.colours.focus!;
      const line = (places: Geo[], dash: number[]) => {
        pen.setLineDash(dash);
        pen.beginPath();
        for (const p of places) {
          const { x, y } = view.xy(p);
          pen.lineTo(x, y);
        }
        pen.stroke();
        pen.setLineDash([]);
      };
      const past = stops.filter(finished);
      pen.globalAlpha = 0.45;
      line([m.home, ...past], [3, 5]);
      pen.globalAlpha = 1;
      line([m.pos ?? past.at(-1) ?? m.home, ...stops.filter((v) => !finished(v))], []);
      const h = view.xy(m.home);
      pen.fillStyle = this.colours.focus!;
      pen.fillRect(h.x - 4, h.y - 4, 8, 8);
    }
    const chosen = this.selected ? this.model.visits.get(this.selected) : undefined;
    if (chosen?.lat) {
      const { x, y } = view.xy(chosen);
      this.sprites.dot(pen, x, y, visitLook(chosen, sight, true));
    }
    stops.forEach((v, i) => {
      const { x, y } = view.xy(v);
      this.badge(String(i + 1), x, y - (v.id === this.selected ? 16 : 13));
    });
  }

  private badge(text: string, x: number, y: number): void {
    this.sprites.badge(this.pen, text, x, y, { fill: this.colours.ink!, text: this.colours.panel! });
  }

  /** Where a master is drawn: between two fixes of his van, or where he starts from when nobody saw it yet. */
  private place(m: Master, clock: number): Geo {
    if (!m.pos) return m.home;
    let fix = this.fixes.get(m.id);
    if (!fix || fix.at !== m.pos.at || fix.lat !== m.pos.lat) {
      fix = { lat: m.pos.lat, lon: m.pos.lon, at: m.pos.at, from: fix ? between(fix, clock) : m.pos, since: clock };
      this.fixes.set(m.id, fix);
    }
    return between(fix, clock);
  }

  /** Draws the van; true while it still moves. */
  private paintMaster(m: Master, clock: number): boolean {
    const { pen, view } = this;
    if (m.state === 'off_shift') return false;
    const { x, y } = view.xy(this.place(m, clock));
    const fill = this.colours[masterTone[m.state]]!;
    if (!m.pos) {
      // No fix yet: an empty square, never a van where nobody saw one.
      pen.lineWidth = 2;
      pen.strokeStyle = fill;
      pen.strokeRect(Math.round(x) - 4, Math.round(y) - 4, 8, 8);
      return false;
    }
    const fix = this.fixes.get(m.id)!;
    const on = m.id === this.route;
    const a = view.xy(fix.from);
    const b = view.xy(fix);
    const far = Math.hypot(b.x - a.x, b.y - a.y) > 0.5;
    const r = on ? 9 : 7;
    if (x > -20 && y > -20 && x < view.width + 20 && y < view.height + 20) {
      const turn = far ? Math.atan2(b.y - a.y, b.x - a.x) : -Math.PI / 2;
      this.sprites.van(pen, x, y, { fill, edge: this.colours[on ? 'text' : 'panel']!, r, faint: m.presence === 'offline', turn });
      if (on || view.zoomPx > NAMED) this.badge(m.name.split(' ')[0] ?? '', x, y + r + 12);
    }
    return far && clock - fix.since < GLIDE.ms;
  }

  private paintScale(): void {
    const { pen } = this;
    const { km, px } = this.view.scale();
    const y = Math.round(this.view.height) - 12;
    pen.fillStyle = this.colours.soft!;
    pen.fillRect(12, y, Math.round(px), 1.5);
    pen.fillRect(12, y - 4, 1.5, 4);
    pen.fillRect(12 + Math.round(px), y - 4, 1.5, 5.5);
    pen.textAlign = 'left';
    pen.fillText(km < 1 ? `${km * 1000} м` : `${km} км`, 18 + px, y + 1);
  }
}

function between(fix: Fix, clock: number): Geo {
  const k = Math.min(1, (clock - fix.since) / GLIDE.ms);
  return { lat: fix.from.lat + (fix.lat - fix.from.lat) * k, lon: fix.from.lon + (fix.lon - fix.from.lon) * k };
}
