// BoardModel: rows, bars and lanes of the timeline, optimistic moves, local checks. Pure TypeScript, no DOM.
import type { Master, Visit } from '../wire/types';
import { finished, loose, movable, slaRisk } from './look';

export interface Bar { visit: Visit; start: number; end: number; travel: number; lane: number; lanes: number; pending: boolean }
export interface Override { master: string | null; start: number; end: number; rev: number }
export interface Broken { rule: string; text?: string }

const MIN = 60_000;

export class BoardModel {
  masters = new Map<string, Master>();
  visits = new Map<string, Visit>();
  /** Master ids in row order, after the filter. */
  rows: string[] = [];
  from = 0;
  to = 0;
  filter = '';
  private bars = new Map<string, Bar[]>();
  private overrides = new Map<string, Override>();
  private dirty = new Set<string>();
  private stale = true;

  /** Takes the whole topic. */
  replace(rows: Iterable<[string, unknown]>): void {
    this.masters.clear();
    this.visits.clear();
    for (const [key, row] of rows) this.put(key, row);
    this.stale = true;
  }

  /** Takes some keys of the topic and marks only the touched rows. */
  apply(keys: Iterable<string>, get: (key: string) => unknown): void {
    for (const key of keys) {
      const before = this.visits.get(key);
      if (before) this.touch(before);
      const row = get(key);
      if (row === undefined) {
        if (this.masters.delete(key)) this.stale = true;
        this.visits.delete(key);
        this.overrides.delete(key);
        continue;
      }
      const known = this.masters.get(key);
      this.put(key, row);
      if (key.startsWith('visit_')) {
        const now = row as Visit;
        const mine = this.overrides.get(key);
        if (mine && now.rev > mine.rev) this.overrides.delete(key);
        this.touch(now);
      } else if (key.startsWith('master_')) {
        this.dirty.add(key);
        if (!known || known.name !== (row as Master).name) this.stale = true;
      }
    }
  }

  private put(key: string, row: unknown): void {
    if (key.startsWith('visit_')) this.visits.set(key, row as Visit);
    else if (key.startsWith('master_')) this.masters.set(key, row as Master);
  }

  private touch(v: Visit): void {
    const mine = this.overrides.get(v.id);
    if (mine?.master) this.dirty.add(mine.master);
    if (v.master) this.dirty.add(v.master);
  }

  setDay(from: number, to: number): void {
    if (from === this.from && to === this.to) return;
    this.from = from;
    this.to = to;
    this.stale = true;
  }

  setFilter(text: string): void {
    this.filter = text.trim().toLowerCase();
    this.stale = true;
  }

  /** Rows that must be drawn again; `null` means all of them. */
  flush(): Set<string> | null {
    if (this.stale) {
      this.stale = false;
      this.dirty.clear();
      this.rebuild();
      return null;
    }
    const dirty = this.dirty;
    this.dirty = new Set();
    if (dirty.size) this.collect(dirty);
    return dirty;
  }

  placed(v: Visit): { master: string | null; start: number | null; end: number | null; pending: boolean } {
    const mine = this.overrides.get(v.id);
    return mine ? { ...mine, pending: true } : { master: v.master, start: v.start, end: v.end, pending: false };
  }

  barsOf(master: string): Bar[] {
    return this.bars.get(master) ?? [];
  }

  private rebuild(): void {
    const fits = (m: Master) => !this.filter || m.name.toLowerCase().includes(this.filter) || m.skills.some((s) => s.code.toLowerCase().includes(this.filter));
    this.rows = [...this.masters.values()].filter(fits)
      .sort((a, b) => Number(a.state === 'off_shift') - Number(b.state === 'off_shift') || a.name.localeCompare(b.name, 'ru'))
      .map((m) => m.id);
    this.bars.clear();
    this.collect(new Set(this.masters.keys()));
  }

  private collect(masters: Set<string>): void {
    const lists = new Map<string, Bar[]>();
    for (const id of masters) lists.set(id, []);
    for (const visit of this.visits.values()) {
      if (visit.state === 'cancelled') continue;
      const at = this.placed(visit);
      if (!at.master || at.start === null || !masters.has(at.master)) continue;
      const end = Math.max(at.end ?? 0, at.start + 10 * MIN);
      if (end < this.from || at.start > this.to) continue;
      lists.get(at.master)!.push({ visit, start: at.start, end, travel: at.pending ? 0 : (visit.travel_min ?? 0) * MIN, lane: 0, lanes: 1, pending: at.pending });
    }
    for (const [id, list] of lists) this.bars.set(id, lanes(list));
  }

  /** Shows a move before the server confirms it; the row's next revision or `revert` takes it away. */
  move(id: string, master: string | null, start: number): void {
    const v = this.visits.get(id);
    if (!v) return;
    this.touch(v);
    this.overrides.set(id, { master, start, end: start + v.minutes * MIN, rev: v.rev });
    this.touch(v);
  }

  revert(id: string): void {
    const v = this.visits.get(id);
    if (v) this.touch(v);
    this.overrides.delete(id);
    if (v) this.touch(v);
  }

  /** What the browser itself can say about a place, without asking the server. */
  check(v: Visit, masterId: string, start: number, now: number): Broken[] {
    const master = this.masters.get(masterId);
    if (!master) return [{ rule: 'master' }];
    const end = start + v.minutes * MIN;
    const broken: Broken[] = [];
    for (const need of v.skills) {
      const has = master.skills.find((s) => s.code === need.code);
      if (!has || has.level < need.level) broken.push({ rule: 'skill', text: need.code });
    }
    if (master.state === 'unavailable') broken.push({ rule: 'unavailable' });
    if (!master.shift || start < master.shift.from || end > master.shift.to) broken.push({ rule: 'shift' });
    if (v.window && (start < v.window.from || start > v.window.to)) broken.push({ rule: 'window' });
    if (start < now - 5 * MIN) broken.push({ rule: 'past' });
    const over = this.barsOf(masterId).find((b) => b.visit.id !== v.id && !finished(b.visit) && b.start < end && b.end > start);
    if (over) broken.push({ rule: 'overlap', text: String(over.visit.no) });
    return broken;
  }

  tray(): Visit[] {
    const rank = { emergency: 0, urgent: 1, normal: 2 };
    return [...this.visits.values()].filter((v) => loose(v) && !this.placed(v).master)
      .sort((a, b) => rank[a.priority] - rank[b.priority] || (a.sla?.due ?? a.window?.to ?? Infinity) - (b.sla?.due ?? b.window?.to ?? Infinity));
  }

  /** Exceptions in the order a dispatcher should look at them. */
  problems(now: number): { visit: Visit; why: 'unassigned' | 'sla' | 'late' | 'master' | 'returned' }[] {
    const found: { visit: Visit; why: 'unassigned' | 'sla' | 'late' | 'master' | 'returned'; weight: number }[] = [];
    for (const visit of this.visits.values()) {
      if (finished(visit)) {
        if (visit.state === 'incomplete' && !visit.reason?.startsWith('handled')) found.push({ visit, why: 'returned', weight: 6 });
        continue;
      }
      const at = this.placed(visit);
      const urgent = visit.priority === 'emergency' ? -3 : visit.priority === 'urgent' ? -1 : 0;
      if (!at.master) found.push({ visit, why: 'unassigned', weight: 3 + urgent });
      else if (slaRisk(visit, now)) found.push({ visit, why: 'sla', weight: 1 + urgent });
      else if (visit.late) found.push({ visit, why: 'late', weight: 2 + urgent });
      else if (movable(visit) && this.masters.get(at.master)?.state === 'unavailable') found.push({ visit, why: 'master', weight: 2 });
    }
    return found.sort((a, b) => a.weight - b.weight || (a.visit.start ?? Infinity) - (b.visit.start ?? Infinity));
  }
}

/** Lanes for each cluster of overlapping bars, so one clash does not squeeze the whole row. */
export function lanes(bars: Bar[]): Bar[] {
  bars.sort((a, b) => a.start - b.start || a.end - b.end);
  let cluster: Bar[] = [];
  let ends: number[] = [];
  let reach = -Infinity;
  const close = () => {
    for (const bar of cluster) bar.lanes = ends.length;
    cluster = [];
    ends = [];
  };
  for (const bar of bars) {
    if (bar.start >= reach) close();
    let lane = ends.findIndex((end) => end <= bar.start);
    if (lane < 0) lane = ends.length;
    ends[lane] = bar.end;
    bar.lane = lane;
    cluster.push(bar);
    reach = Math.max(reach, bar.end);
  }
  close();
  return bars;
}
