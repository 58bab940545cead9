// What lies under the vans of the map: graticule, zones, visits, the way to where everybody drives. Drawn on a canvas of
// its own and copied from there; drawn anew when one looks elsewhere, else at most once in a while.
import type { Visit } from '../wire/types';
import { hull, type Geo, type Projection } from '../map/projection';
import type { Sprites } from '../map/sprites';
import { hands } from './hands';
import { finished, later, lookOf, slaRisk } from './look';
import type { BoardModel } from './model';

export interface Sight { selected: string | null; now: number; colours: Record<string, string> }
const READ: CanvasRenderingContext2DSettings = { alpha: false, willReadFrequently: true };
/** Visits drawn in one go. */
const SLICE = 200;
interface Zone { name: string; hull: Geo[]; mid: Geo; top: Geo }
export const FONT = '11px "Onest Variable", system-ui, sans-serif';
/** Milliseconds between two drawings because of news alone; a small day affords more, and a hand on the timeline makes them so many times longer. */
const CALM = { small: 250, large: 1000, many: 400, hand: 3 };

export class Ground {
  private canvas = document.createElement('canvas');
  /** Where the next one is drawn while this one is shown; read now and then, so that it is really drawn and not noted down for later. */
  private next = document.createElement('canvas');
  private pen = this.canvas.getContext('2d', READ)!;
  private rest: Iterator<void> | null = null;
  private key = '';
  private drawn = -Infinity;
  private zones: Zone[] = [];
  private zoneKey = '';

  constructor(private model: BoardModel, private view: Projection, private sprites: Sprites) {}

  /** Something on it has changed; milliseconds until it may be drawn anew for that. */
  wait(clock: number): number {
    const calm = (this.model.visits.size > CALM.many ? CALM.large : CALM.small) * (hands.busy ? CALM.hand : 1);
    return Math.max(0, this.drawn + calm - clock);
  }
  stale(): void {
    this.key = '';
  }

  /** The ground as it is now, or as it was when news may wait: `news` says that rows have changed. */
  picture(ratio: number, sight: Sight, news: boolean, clock: number): HTMLCanvasElement {
    const key = `${this.view.key}/${ratio}/${sight.selected}`;
    const elsewhere = key !== this.key;
    if (elsewhere || (news && !this.rest && this.wait(clock) === 0)) {
      this.key = key;
      this.drawn = clock;
      this.rest = this.paint(ratio, sight);
      while (elsewhere && this.step());
    }
    return this.canvas;
  }
  /** A new one is being drawn. */
  get busy(): boolean {
    return this.rest !== null;
  }
  /** Draws a slice of it; true while there is more. The last one shows it. */
  step(): boolean {
    if (!this.rest?.next().done) return this.busy;
    this.rest = null;
    [this.canvas, this.next] = [this.next, this.canvas];
    return false;
  }

  private *paint(ratio: number, sight: Sight): Generator<void> {
    const { view } = this;
    const pen = (this.pen = this.next.getContext('2d', READ)!);
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.next.width !== width) this.next.width = width;
    if (this.next.height !== height) this.next.height = height;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = sight.colours.sunken!;
    pen.fillRect(0, 0, view.width, view.height);
    pen.font = FONT;
    this.paintGrid(sight);
    this.paintZones(sight);
    this.paintTrips(sight);
    let n = 0;
    for (const v of this.model.visits.values()) {
      if (v.state !== 'cancelled' && v.id !== sight.selected && !later(v, sight.now)) this.paintVisit(v, sight);
      if (++n % SLICE) continue;
      pen.getImageData(0, 0, 1, 1);
      yield;
    }
  }

  private paintGrid(sight: Sight): void {
    const { pen, view } = this;
    const step = view.step();
    const a = view.geo(0, view.height);
    const b = view.geo(view.width, 0);
    pen.fillStyle = sight.colours.line!;
    // Filled strips on whole pixels: a stroked line is smoothed over two.
    for (let lon = Math.floor(a.lon / step) * step; lon <= b.lon; lon += step) pen.fillRect(Math.round(view.xy({ lat: 0, lon }).x), 0, 1, view.height);
    for (let lat = Math.floor(a.lat / step) * step; lat <= b.lat; lat += step) pen.fillRect(0, Math.round(view.xy({ lat, lon: 0 }).y), view.width, 1);
  }

  private gather(): void {
    const key = `${this.model.visits.size}`;
    if (key === this.zoneKey) return;
    this.zoneKey = key;
    const by = new Map<string, Visit[]>();
    for (const v of this.model.visits.values()) {
      if (!v.zone || !v.lat) continue;
      const list = by.get(v.zone);
      if (list) list.push(v);
      else by.set(v.zone, [v]);
    }
    this.zones = [...by].filter(([, p]) => p.length > 2).map(([name, p]) => ({
      name, hull: hull(p.map(({ lat, lon }) => ({ lat, lon }))), mid: { lat: p.reduce((s, q) => s + q.lat, 0) / p.length, lon: p.reduce((s, q) => s + q.lon, 0) / p.length },
      top: p.reduce((a, b) => (b.lat > a.lat ? b : a)),
    }));
  }

  private paintZones(sight: Sight): void {
    this.gather();
    const { pen, view } = this;
    pen.lineJoin = 'round';
    for (const zone of this.zones) {
      pen.beginPath();
      for (const p of zone.hull) {
        const { x, y } = view.xy(p);
        pen.lineTo(x, y);
      }
      pen.closePath();
      pen.fillStyle = pen.strokeStyle = sight.colours.panel!;
      pen.lineWidth = 26;
      pen.stroke();
      pen.fill();
    }
    pen.fillStyle = sight.colours.soft!;
    pen.textAlign = 'center';
    for (const zone of this.zones) pen.fillText(zone.name, view.xy(zone.mid).x, Math.max(12, view.xy(zone.top).y - 18));
  }

  /** A thin line from every van on the road to where it goes. */
  private paintTrips(sight: Sight): void {
    const { pen, view } = this;
    pen.lineWidth = 1;
    pen.strokeStyle = sight.colours.indigo!;
    pen.globalAlpha = 0.55;
    pen.beginPath();
    for (const v of this.model.visits.values()) {
      const m = v.state === 'en_route' && v.master ? this.model.masters.get(v.master) : undefined;
      if (!m?.pos) continue;
      const a = view.xy(m.pos);
      const b = view.xy(v);
      pen.moveTo(a.x, a.y);
      pen.lineTo(b.x, b.y);
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  private paintVisit(v: Visit, sight: Sight): void {
    if (!v.lat) return;
    const { x, y } = this.view.xy(v);
    if (x < -20 || y < -20 || x > this.view.width + 20 || y > this.view.height + 20) return;
    this.sprites.dot(this.pen, x, y, visitLook(v, sight, false));
  }
}

/** The disc of a visit. */
export function visitLook(v: Visit, sight: Sight, on: boolean): { fill: string; edge: string; r: number; line: number } {
  const { tone } = lookOf(v.state);
  const over = finished(v);
  const bad = v.late || slaRisk(v, sight.now) || (!v.master && !over);
  return {
    fill: sight.colours[over || !v.master ? `${tone}-pale` : tone]!,
    edge: bad ? sight.colours.red! : on ? sight.colours.focus! : sight.colours[tone]!,
    r: on ? 8 : over ? 3.5 : 5,
    line: on ? 3 : 1.5,
  };
}
