// Schematic map on one canvas: zones, graticule, visits, moving masters, the chosen master's route. No tiles, no WebGL.
import type { Master, Visit } from '../wire/types';
import { finished, lookOf, masterTone, slaRisk, type Tone } from './look';
import type { BoardModel } from './model';

interface Point { x: number; y: number }
interface Fix { lat: number; lon: number; at: number; from: { lat: number; lon: number }; since: number }
const tones: Tone[] = ['slate', 'blue', 'violet', 'indigo', 'green', 'amber', 'grey', 'red'];

export class SchematicMap {
  selected: string | null = null;
  master: string | null = null;
  now = 0;
  private ctx: CanvasRenderingContext2D;
  private width = 0;
  private height = 0;
  private ratio = 1;
  private centre = { lat: 0, lon: 0 };
  /** Pixels per degree of latitude. */
  private zoomPx = 0;
  private fixes = new Map<string, Fix>();
  private zones: { name: string; hull: { lat: number; lon: number }[]; mid: { lat: number; lon: number }; top: { lat: number; lon: number } }[] = [];
  private zoneKey = '';
  private colours: Record<string, string> = {};
  private due = false;
  private moving = 0;
  private hits: { x: number; y: number; r: number; visit?: string; master?: string }[] = [];
  private press: { x: number; y: number; moved: boolean } | null = null;
  private watch: ResizeObserver;

  constructor(private canvas: HTMLCanvasElement, private model: BoardModel, private pick: (visit: string | null, master: string | null) => void) {
    this.ctx = canvas.getContext('2d')!;
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
  }

  /** Resolves the tokens, which change with the theme, to colours a canvas understands. */
  recolour(): void {
    const probe = document.createElement('span');
    // With less motion every change of colour is a transition of no length, and a read meets its beginning.
    probe.style.setProperty('transition', 'none', 'important');
    document.body.append(probe);
    const read = (name: string) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    for (const name of ['page', 'panel', 'line', 'line-strong', 'text', 'soft', 'focus', 'signal', 'ink', 'sunken']) this.colours[name] = read(name);
    for (const tone of tones) {
      this.colours[tone] = read(tone);
      this.colours[`${tone}-pale`] = read(`${tone}-pale`);
    }
    probe.remove();
    this.request();
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
    const pts = [...this.model.visits.values(), ...[...this.model.masters.values()].map((m) => m.pos ?? m.home)].filter((p) => p.lat && p.lon);
    if (!pts.length || !this.width) return;
    const lats = pts.map((p) => p.lat).sort((a, b) => a - b);
    const lons = pts.map((p) => p.lon).sort((a, b) => a - b);
    const [s, n, w, e] = [lats[0]!, lats.at(-1)!, lons[0]!, lons.at(-1)!];
    this.centre = { lat: (s + n) / 2, lon: (w + e) / 2 };
    const wide = Math.max(0.005, (e - w) * Math.cos((this.centre.lat * Math.PI) / 180));
    this.zoomPx = Math.min((this.width - 56) / wide, (this.height - 56) / Math.max(0.005, n - s));
    this.request();
  }

  zoom(factor: number, x = this.width / 2, y = this.height / 2): void {
    const at = this.geo(x, y);
    this.zoomPx = Math.min(400_000, Math.max(300, this.zoomPx * factor));
    const after = this.geo(x, y);
    this.centre = { lat: this.centre.lat + at.lat - after.lat, lon: this.centre.lon + at.lon - after.lon };
    this.request();
  }

  private get squeeze(): number {
    return Math.cos((this.centre.lat * Math.PI) / 180);
  }
  private xy(p: { lat: number; lon: number }): Point {
    return { x: this.width / 2 + (p.lon - this.centre.lon) * this.squeeze * this.zoomPx, y: this.height / 2 - (p.lat - this.centre.lat) * this.zoomPx };
  }
  private geo(x: number, y: number): { lat: number; lon: number } {
    return { lat: this.centre.lat - (y - this.height / 2) / this.zoomPx, lon: this.centre.lon + (x - this.width / 2) / this.zoomPx / this.squeeze };
  }

  private resize(): void {
    this.ratio = devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = this.width * this.ratio;
    this.canvas.height = this.height * this.ratio;
    if (!this.zoomPx) this.fit();
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
    this.centre = { lat: this.centre.lat + dy / this.zoomPx, lon: this.centre.lon - dx / this.zoomPx / this.squeeze };
    this.request();
  }

  private hit(x: number, y: number) {
    return [...this.hits].reverse().find((h) => Math.hypot(h.x - x, h.y - y) <= h.r + 3);
  }
  private click(x: number, y: number): void {
    const found = this.hit(x, y);
    this.pick(found?.visit ?? null, found?.master ?? null);
  }

  private paint(): void {
    const { ctx } = this;
    if (!this.width) return;
    if (!this.zoomPx) this.fit();
    if (!this.zoomPx) return;
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.fillStyle = this.colours.sunken!;
    ctx.fillRect(0, 0, this.width, this.height);
    ctx.font = '11px "Onest Variable", system-ui, sans-serif';
    this.hits = [];
    this.paintGrid();
    this.paintZones();
    this.paintTrips();
    this.paintRoute();
    for (const v of this.model.visits.values()) if (v.state !== 'cancelled' && v.id !== this.selected) this.paintVisit(v);
    const chosen = this.selected ? this.model.visits.get(this.selected) : undefined;
    if (chosen) this.paintVisit(chosen);
    let busy = false;
    for (const m of this.model.masters.values()) busy = this.paintMaster(m) || busy;
    this.paintScale();
    if (busy && !this.moving) {
      // Ten frames a second are enough for a van between two fixes.
      this.moving = window.setTimeout(() => {
        this.moving = 0;
        this.request();
      }, 100);
    }
  }

  private paintGrid(): void {
    const { ctx } = this;
    const steps = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
    const step = steps.find((s) => s * this.zoomPx > 56) ?? 1;
    const a = this.geo(0, this.height);
    const b = this.geo(this.width, 0);
    ctx.strokeStyle = this.colours.line!;
    ctx.lineWidth = 1;
    ctx.beginPath();
    for (let lon = Math.floor(a.lon / step) * step; lon <= b.lon; lon += step) {
      const { x } = this.xy({ lat: 0, lon });
      ctx.moveTo(x, 0);
      ctx.lineTo(x, this.height);
    }
    for (let lat = Math.floor(a.lat / step) * step; lat <= b.lat; lat += step) {
      const { y } = this.xy({ lat, lon: 0 });
      ctx.moveTo(0, y);
      ctx.lineTo(this.width, y);
    }
    ctx.stroke();
  }

  private paintZones(): void {
    const { ctx } = this;
    const key = `${this.model.visits.size}`;
    if (key !== this.zoneKey) {
      this.zoneKey = key;
      const by = new Map<string, { lat: number; lon: number }[]>();
      for (const v of this.model.visits.values()) if (v.zone && v.lat) by.set(v.zone, [...(by.get(v.zone) ?? []), v]);
      this.zones = [...by].filter(([, p]) => p.length > 2).map(([name, p]) => ({
        name, hull: hull(p), mid: { lat: p.reduce((s, q) => s + q.lat, 0) / p.length, lon: p.reduce((s, q) => s + q.lon, 0) / p.length },
        top: p.reduce((a, b) => (b.lat > a.lat ? b : a)),
      }));
    }
    ctx.lineJoin = 'round';
    for (const zone of this.zones) {
      ctx.beginPath();
      zone.hull.forEach((p, i) => {
        const { x, y } = this.xy(p);
        if (i) ctx.lineTo(x, y);
        else ctx.moveTo(x, y);
      });
      ctx.closePath();
      ctx.fillStyle = ctx.strokeStyle = this.colours.panel!;
      ctx.lineWidth = 26;
      ctx.stroke();
      ctx.fill();
    }
    ctx.fillStyle = this.colours.soft!;
    ctx.textAlign = 'center';
    for (const zone of this.zones) {
      const top = this.xy(zone.top);
      ctx.fillText(zone.name, this.xy(zone.mid).x, Math.max(12, top.y - 18));
    }
  }

  /** A thin line from every van on the road to where it goes. */
  private paintTrips(): void {
    const { ctx } = this;
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = this.colours.indigo!;
    ctx.setLineDash([2, 4]);
    ctx.beginPath();
    for (const v of this.model.visits.values()) {
      const m = v.state === 'en_route' && v.master ? this.model.masters.get(v.master) : undefined;
      if (!m?.pos) continue;
      const a = this.xy(m.pos);
      const b = this.xy(v);
      ctx.moveTo(a.x, a.y);
      ctx.lineTo(b.x, b.y);
    }
    ctx.stroke();
    ctx.setLineDash([]);
  }

  private paintRoute(): void {
    const { ctx } = this;
    const id = this.master ?? (this.selected ? this.model.visits.get(this.selected)?.master : null);
    const m = id ? this.model.masters.get(id) : undefined;
    if (!m) return;
    const stops = this.model.barsOf(m.id).map((b) => b.visit);
    ctx.lineWidth = 2.5;
    ctx.strokeStyle = this.colours.focus!;
    const line = (points: { lat: number; lon: number }[], dash: number[]) => {
      ctx.setLineDash(dash);
      ctx.beginPath();
      points.forEach((p, i) => {
        const { x, y } = this.xy(p);
        if (i) ctx.lineTo(x, y);
        else ctx.moveTo(x, y);
      });
      ctx.stroke();
      ctx.setLineDash([]);
    };
    const past = stops.filter(finished);
    const ahead = stops.filter((v) => !finished(v));
    ctx.globalAlpha = 0.45;
    line([m.home, ...past], [3, 5]);
    ctx.globalAlpha = 1;
    line([m.pos ?? past.at(-1) ?? m.home, ...ahead], []);
    const h = this.xy(m.home);
    ctx.fillStyle = this.colours.focus!;
    ctx.fillRect(h.x - 4, h.y - 4, 8, 8);
  }

  private paintVisit(v: Visit): void {
    if (!v.lat) return;
    const { ctx } = this;
    const { x, y } = this.xy(v);
    if (x < -20 || y < -20 || x > this.width + 20 || y > this.height + 20) return;
    const { tone } = lookOf(v.state);
    const on = v.id === this.selected;
    const over = finished(v);
    const r = on ? 8 : over ? 3.5 : 5;
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 7);
    ctx.fillStyle = over || !v.master ? this.colours[`${tone}-pale`]! : this.colours[tone]!;
    ctx.fill();
    ctx.lineWidth = on ? 3 : 1.5;
    ctx.strokeStyle = v.late || slaRisk(v, this.now) || (!v.master && !over) ? this.colours.red! : on ? this.colours.focus! : this.colours[tone]!;
    ctx.stroke();
    const route = this.master ?? (this.selected ? this.model.visits.get(this.selected)?.master : null);
    if (route && v.master === route) {
      const n = this.model.barsOf(route).findIndex((b) => b.visit.id === v.id) + 1;
      if (n) this.badge(String(n), x, y - r - 8);
    }
    this.hits.push({ x, y, r, visit: v.id });
  }

  private badge(text: string, x: number, y: number): void {
    const { ctx } = this;
    const w = ctx.measureText(text).width + 8;
    ctx.fillStyle = this.colours.ink!;
    ctx.beginPath();
    ctx.roundRect(x - w / 2, y - 7, w, 14, 7);
    ctx.fill();
    ctx.fillStyle = this.colours.panel!;
    ctx.textAlign = 'center';
    ctx.fillText(text, x, y + 4);
  }

  /** Draws the van where it should be between two fixes; true while it still moves. */
  private paintMaster(m: Master): boolean {
    const { ctx } = this;
    if (m.state === 'off_shift') return false;
    if (!m.pos) {
      // No fix yet: the place he starts from, as an empty square, never a van where nobody saw one.
      const h = this.xy(m.home);
      ctx.lineWidth = 2;
      ctx.strokeStyle = this.colours[masterTone[m.state]]!;
      ctx.strokeRect(h.x - 4, h.y - 4, 8, 8);
      this.hits.push({ x: h.x, y: h.y, r: 6, master: m.id });
      return false;
    }
    const clock = performance.now();
    let fix = this.fixes.get(m.id);
    if (!fix || fix.at !== m.pos.at || fix.lat !== m.pos.lat) {
      fix = { lat: m.pos.lat, lon: m.pos.lon, at: m.pos.at, from: fix ? this.between(fix, clock) : m.pos, since: clock };
      this.fixes.set(m.id, fix);
    }
    const { x, y } = this.xy(this.between(fix, clock));
    const on = m.id === this.master || (!!this.selected && this.model.visits.get(this.selected)?.master === m.id);
    const r = on ? 9 : 7;
    const a = this.xy(fix.from);
    const b = this.xy(fix);
    const turn = Math.hypot(b.x - a.x, b.y - a.y) > 0.5 ? Math.atan2(b.y - a.y, b.x - a.x) : -Math.PI / 2;
    ctx.save();
    ctx.translate(x, y);
    ctx.rotate(turn);
    ctx.beginPath();
    ctx.moveTo(r + 4, 0);
    ctx.lineTo(-r + 1, r - 1);
    ctx.lineTo(-r + 4, 0);
    ctx.lineTo(-r + 1, -r + 1);
    ctx.closePath();
    ctx.fillStyle = this.colours[masterTone[m.state]]!;
    ctx.globalAlpha = m.presence === 'offline' ? 0.5 : 1;
    ctx.strokeStyle = on ? this.colours.text! : this.colours.panel!;
    ctx.lineWidth = 2;
    ctx.fill();
    ctx.stroke();
    ctx.restore();
    if (on || this.zoomPx > 9000) this.badge(m.name.split(' ')[0] ?? '', x, y + r + 12);
    this.hits.push({ x, y, r, master: m.id });
    return clock - fix.since < 1000;
  }

  private between(fix: Fix, clock: number): { lat: number; lon: number } {
    const k = Math.min(1, (clock - fix.since) / 1000);
    return { lat: fix.from.lat + (fix.lat - fix.from.lat) * k, lon: fix.from.lon + (fix.lon - fix.from.lon) * k };
  }

  private paintScale(): void {
    const { ctx } = this;
    const perKm = this.zoomPx / 111.32;
    const km = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((k) => k * perKm > 46) ?? 100;
    const w = km * perKm;
    const y = this.height - 12;
    ctx.strokeStyle = ctx.fillStyle = this.colours.soft!;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(12, y - 4);
    ctx.lineTo(12, y);
    ctx.lineTo(12 + w, y);
    ctx.lineTo(12 + w, y - 4);
    ctx.stroke();
    ctx.textAlign = 'left';
    ctx.fillText(km < 1 ? `${km * 1000} м` : `${km} км`, 18 + w, y + 1);
  }
}

/** Convex hull, monotone chain. */
export function hull<T extends { lat: number; lon: number }>(points: T[]): T[] {
  const pts = [...points].sort((a, b) => a.lon - b.lon || a.lat - b.lat);
  const cross = (o: T, a: T, b: T) => (a.lon - o.lon) * (b.lat - o.lat) - (a.lat - o.lat) * (b.lon - o.lon);
  const half = (list: T[]) => {
    const out: T[] = [];
    for (const p of list) {
      while (out.length > 1 && cross(out[out.length - 2]!, out[out.length - 1]!, p) <= 0) out.pop();
      out.push(p);
    }
    out.pop();
    return out;
  };
  return [...half(pts), ...half(pts.reverse())];
}
