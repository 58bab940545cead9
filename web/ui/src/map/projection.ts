// Where a place of the world lies on a canvas: a flat projection around a centre, zoomed in pixels per degree of latitude.

export interface Geo { lat: number; lon: number }
export interface Point { x: number; y: number }

const ZOOM = { low: 300, high: 400_000 };
/** Pixels left free around what is fitted. */
const MARGIN = 28;
/** No place fitted shows less than so many degrees. */
const SMALLEST = 0.005;

export class Projection {
  width = 0;
  height = 0;
  centre: Geo = { lat: 0, lon: 0 };
  /** Pixels per degree of latitude; 0 before anything was fitted. */
  zoomPx = 0;

  /** How much a degree of longitude is shorter here than one of latitude. */
  get squeeze(): number {
    return Math.cos((this.centre.lat * Math.PI) / 180);
  }
  /** A word for what is seen: equal words show the same. */
  get key(): string {
    return `${this.width}x${this.height}@${this.centre.lat},${this.centre.lon}*${this.zoomPx}`;
  }

  xy(p: Geo): Point {
    return { x: this.width / 2 + (p.lon - this.centre.lon) * this.squeeze * this.zoomPx, y: this.height / 2 - (p.lat - this.centre.lat) * this.zoomPx };
  }
  geo(x: number, y: number): Geo {
    return { lat: this.centre.lat - (y - this.height / 2) / this.zoomPx, lon: this.centre.lon + (x - this.width / 2) / this.zoomPx / this.squeeze };
  }

  /** Shows all of these places; false when there are none or no room yet. */
  fit(places: Geo[]): boolean {
    const some = places.filter((p) => p.lat && p.lon);
    if (!some.length || !this.width) return false;
    let [s, n, w, e] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const p of some) {
      s = Math.min(s, p.lat);
      n = Math.max(n, p.lat);
      w = Math.min(w, p.lon);
      e = Math.max(e, p.lon);
    }
    this.centre = { lat: (s + n) / 2, lon: (w + e) / 2 };
    const wide = Math.max(SMALLEST, (e - w) * this.squeeze);
    this.zoomPx = Math.min((this.width - 2 * MARGIN) / wide, (this.height - 2 * MARGIN) / Math.max(SMALLEST, n - s));
    return true;
  }

  /** Zooms and keeps the place under a point where it is. */
  zoom(factor: number, x = this.width / 2, y = this.height / 2): void {
    const at = this.geo(x, y);
    this.zoomPx = Math.min(ZOOM.high, Math.max(ZOOM.low, this.zoomPx * factor));
    const after = this.geo(x, y);
    this.centre = { lat: this.centre.lat + at.lat - after.lat, lon: this.centre.lon + at.lon - after.lon };
  }

  pan(dx: number, dy: number): void {
    this.centre = { lat: this.centre.lat + dy / this.zoomPx, lon: this.centre.lon - dx / this.zoomPx / this.squeeze };
  }

  /** A round number of kilometres and its length in pixels. */
  scale(): { km: number; px: number } {
    const perKm = this.zoomPx / 111.32;
    const km = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((k) => k * perKm > 46) ?? 100;
    return { km, px: km * perKm };
  }

  /** Distance of the lines of the graticule, in degrees. */
  step(): number {
    return [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((s) => s * this.zoomPx > 56) ?? 1;
  }
}

/** Convex hull, monotone chain. */
export function hull<T extends Geo>(points: T[]): T[] {
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
