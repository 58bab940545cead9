// BoardModel: rows, bars and lanes of the timeline, optimistic moves, local checks. Pure TypeScript, no DOM.
import type { Master, Notice, Proposal, Visit } from '../wire/types';
import { finished, later, loose, movable, slaRisk } from './look';

export interface Bar { visit: Visit; start: number; end: number; travel: number; lane: number; lanes: number; pending: boolean }
export interface Override { master: string | null; start: number; end: number; rev: number }
export interface Broken { rule: string; text?: string }
/** How rows are put together; `zone` is the zone where a master has most visits of the day. */
export type Grouping = 'none' | 'branch' | 'skill' | 'zone' | 'state';
/** A row of the timeline that is no master but the head of a group. */
export const GROUP = 'group:';

const MIN = 60_000;
const NONE: ReadonlySet<string> = new Set();

export class BoardModel {
  masters = new Map<string, Master>();
  visits = new Map<string, Visit>();
  /** Better plans that wait for a word. */
  proposals = new Map<string, Proposal>();
  /** Offered visits that their masters have not looked at, by visit. */
  notices = new Map<string, Notice>();
  /** Master ids in row order, after the filter; heads of groups stand between them as `group:…`. */
  rows: string[] = [];
  /** Row of a master or of a group's head. */
  rowOf = new Map<string, number>();
  from = 0;
  to = 0;
  filter = '';
  zone = '';
  branch = '';
  grouping: Grouping = 'none';
  private bars = new Map<string, Bar[]>();
  /** Visits by the master they are drawn at, so that one changed row costs that row and not the whole day. */
  private held = new Map<string, Set<string>>();
  private at = new Map<string, string[]>();
  private overrides = new Map<string, Override>();
  private dirty = new Set<string>();
  private stale = true;

  /** Takes the whole topic. */
  replace(rows: Iterable<[string, unknown]>): void {
    this.masters.clear();
    this.visits.clear();
    this.proposals.clear();
    this.notices.clear();
    this.held.clear();
    this.at.clear();
    for (const [key, row] of rows) this.put(key, row);
    for (const v of this.visits.values()) this.seat(v);
    this.stale = true;
  }

  /** The masters at whom a visit is drawn: who leads, then who goes beside. */
  mastersOf(id: string): readonly string[] {
    return this.at.get(id) ?? [];
  }
  /** Remembers at which masters a visit is drawn. */
  private seat(v: Visit | undefined, id = v?.id ?? ''): void {
    const lead = v && this.placed(v).master;
    const now = lead ? [...new Set([lead, ...(v.helpers ?? []).map((h) => h.master)])] : [];
    const before = this.mastersOf(id);
    // nearly every update leaves a visit where it is
    if (now.length === before.length && now.every((master, n) => master === before[n])) return;
    for (const master of before) this.held.get(master)?.delete(id);
    if (now.length) this.at.set(id, now);
    else this.at.delete(id);
    for (const master of now) {
      const held = this.held.get(master);
      if (held) held.add(id);
      else this.held.set(master, new Set([id]));
    }
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
        this.proposals.delete(key);
        this.notices.delete(key.slice('notice_'.length));
        this.overrides.delete(key);
        this.seat(undefined, key);
        continue;
      }
      const known = this.masters.get(key);
      this.put(key, row);
      if (key.startsWith('visit_')) {
        const now = row as Visit;
        const mine = this.overrides.get(key);
        if (mine && now.rev > mine.rev) this.overrides.delete(key);
        this.touch(now);
        this.seat(now);
      } else if (key.startsWith('master_')) {
        this.dirty.add(key);
        if (!known || known.name !== (row as Master).name || known.branch !== (row as Master).branch || (this.grouping === 'state' && known.state !== (row as Master).state)) this.stale = true;
      }
    }
  }

  private put(key: string, row: unknown): void {
    if (key.startsWith('visit_')) this.visits.set(key, row as Visit);
    else if (key.startsWith('master_')) this.masters.set(key, row as Master);
    else if (key.startsWith('proposal_')) this.proposals.set(key, row as Proposal);
    else if (key.startsWith('notice_')) this.notices.set((row as Notice).visit, row as Notice);
  }

  private touch(v: Visit): void {
    const mine = this.overrides.get(v.id);
    if (mine?.master) this.dirty.add(mine.master);
    if (v.master) this.dirty.add(v.master);
    for (const h of v.helpers ?? []) this.dirty.add(h.master);
  }

  setDay(from: number, to: number): void {
    if (from === this.from && to === this.to) return;
    this.from = from;
    this.to = to;
    this.stale = true;
  }

  setFilter(text: string, zone = '', grouping: Grouping = 'none', branch = ''): void {
    this.filter = text.trim().toLowerCase();
    this.zone = zone;
    this.branch = branch;
    this.grouping = grouping;
    this.stale = true;
  }

  /** Visits drawn at a master, in no order. */
  visitsOf(master: string): Visit[] {
    const found: Visit[] = [];
    for (const id of this.held.get(master) ?? NONE) {
      const visit = this.visits.get(id);
      if (visit) found.push(visit);
    }
    return found;
  }
  /** Every zone that has a visit, in order. */
  zones(): string[] {
    return [...new Set([...this.visits.values()].map((v) => v.zone).filter(Boolean))].sort((a, b) => a.localeCompare(b, 'ru'));
  }
  /** What a branch is called; told by who knows. */
  branchName: (id: string | null | undefined) => string = (id) => id ?? '';
  private groupOf(m: Master): string {
    if (this.grouping === 'state') return m.state;
    if (this.grouping === 'branch') return this.branchName(m.branch);
    if (this.grouping === 'skill') return m.skills.reduce((best, s) => (s.level > best.level ? s : best), m.skills[0] ?? { code: '', level: 0 }).code;
    const seen = new Map<string, number>();
    for (const v of this.visitsOf(m.id)) seen.set(v.zone, (seen.get(v.zone) ?? 0) + 1);
    return [...seen].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0], 'ru'))[0]?.[0] ?? '';
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
    const found = (m: Master) => !this.filter || m.name.toLowerCase().includes(this.filter) || m.skills.some((s) => s.code.toLowerCase().includes(this.filter));
    const near = (m: Master) => !this.zone || this.visitsOf(m.id).some((v) => v.zone === this.zone);
    const shown = [...this.masters.values()].filter((m) => found(m) && near(m) && (!this.branch || m.branch === this.branch))
      .sort((a, b) => Number(a.state === 'off_shift') - Number(b.state === 'off_shift') || a.name.localeCompare(b.name, 'ru'));
    this.rows = [];
    if (this.grouping === 'none') this.rows = shown.map((m) => m.id);
    else {
      const groups = new Map<string, string[]>();
      for (const m of shown) {
        const group = this.groupOf(m);
        const list = groups.get(group);
        if (list) list.push(m.id);
        else groups.set(group, [m.id]);
      }
      // Who belongs nowhere comes last.
      const named = [...groups].sort((a, b) => Number(!a[0]) - Number(!b[0]) || a[0].localeCompare(b[0], 'ru'));
      for (const [group, ids] of named) this.rows.push(GROUP + group, ...ids);
    }
    this.rowOf = new Map(this.rows.map((id, row) => [id, row]));
    this.bars.clear();
    this.collect(this.masters.keys());
  }

  private collect(masters: Iterable<string>): void {
    for (const id of masters) {
      const list: Bar[] = [];
      for (const visit of this.visitsOf(id)) {
        if (visit.state === 'cancelled') continue;
        const at = this.placed(visit);
        if (at.start === null) continue;
        const end = Math.max(at.end ?? 0, at.start + 10 * MIN);
        if (end < this.from || at.start > this.to) continue;
        const way = (visit.helpers?.find((h) => h.master === id) ?? visit).travel_min ?? 0;
        list.push({ visit, start: at.start, end, travel: at.pending ? 0 : way * MIN, lane: 0, lanes: 1, pending: at.pending });
      }
      this.bars.set(id, lanes(list));
    }
  }

  /** Shows a move before the server confirms it; the row's next revision or `revert` takes it away. */
  move(id: string, master: string | null, start: number): void {
    const v = this.visits.get(id);
    if (!v) return;
    this.touch(v);
    this.overrides.set(id, { master, start, end: start + v.minutes * MIN, rev: v.rev });
    this.touch(v);
    this.seat(v);
  }

  revert(id: string): void {
    const v = this.visits.get(id);
    if (v) this.touch(v);
    this.overrides.delete(id);
    if (v) this.touch(v);
    this.seat(v, id);
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

  tray(now = Infinity): Visit[] {
    const rank = { emergency: 0, urgent: 1, normal: 2 };
    return [...this.visits.values()].filter((v) => loose(v) && !later(v, now) && !this.placed(v).master)
      .sort((a, b) => rank[a.priority] - rank[b.priority] || (a.sla?.due ?? a.window?.to ?? Infinity) - (b.sla?.due ?? b.window?.to ?? Infinity));
  }

  /** Exceptions in the order a dispatcher should look at them. */
  problems(now: number): { visit: Visit; why: 'unassigned' | 'sla' | 'late' | 'master' | 'returned' | 'unseen' | 'short' }[] {
    const found: { visit: Visit; why: 'unassigned' | 'sla' | 'late' | 'master' | 'returned' | 'unseen' | 'short'; weight: number }[] = [];
    for (const visit of this.visits.values()) {
      if (finished(visit)) {
        if (visit.state === 'incomplete' && !visit.reason?.startsWith('handled')) found.push({ visit, why: 'returned', weight: 6 });
        continue;
      }
      const at = this.placed(visit);
      const urgent = visit.priority === 'emergency' ? -3 : visit.priority === 'urgent' ? -1 : 0;
      if (!at.master && later(visit, now)) continue;
      // What waits for a part that comes later is nobody's to plan yet.
      if (!at.master && (visit.follows?.earliest ?? 0) > now + 172_800_000) continue;
      if (!at.master) found.push({ visit, why: 'unassigned', weight: 3 + urgent });
      else if (slaRisk(visit, now)) found.push({ visit, why: 'sla', weight: 1 + urgent });
      else if (visit.late) found.push({ visit, why: 'late', weight: 2 + urgent });
      else if (this.notices.get(visit.id)?.call) found.push({ visit, why: 'unseen', weight: 2 });
      else if (visit.short) found.push({ visit, why: 'short', weight: 2 });
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
