// State of the dispatcher's screen: the model fed from the live topic, the selection, and moving a visit.
import { live } from '../live/hook.svelte';
import { SvelteSet } from 'svelte/reactivity';
import { t, word, type Key } from '../lib/i18n.svelte';
import { dayStart } from '../lib/format';
import { session } from '../lib/session.svelte';
import { act, toasts } from '../lib/toast.svelte';
import type { Master, Verdict, Visit } from '../wire/types';
import { company } from './company.svelte';
import { place } from './deeds';
import { hands } from './hands';
import { movable } from './look';
import { moment, past } from './past.svelte';
import { BoardModel, type Grouping } from './model';
import type { Overview } from './overview';
import type { BoardRenderer } from './renderer';
import type { Show } from './views';

export interface Move {
  visit: Visit; master: string | null; start: number; by: 'pointer' | 'keys';
  /** What the browser found at once; the server's verdict replaces it. */
  local: { rule: string; text: string }[];
  verdict: Verdict | null;
  x: number; y: number;
}
/** A move that came too late: the visit had changed since it was picked up. */
export interface Clash { before: Visit; master: string; start: number }
const MIN = 60_000;
const PREVIEW_MS = 100;

class Board {
  readonly model = new BoardModel();
  renderer: BoardRenderer | null = null;
  overview: Overview | null = null;
  show = $state<Show>('timeline');
  filter = $state('');
  zone = $state('');
  group = $state<Grouping>('none');
  branch = $state('');
  /** Visits chosen together, for one deed on all of them. */
  readonly chosen = new SvelteSet<string>();
  /** The panel of proposals is open. */
  proposing = $state(false);
  /** The panel that finds new masters for several visits is open for these. */
  reassign = $state.raw<string[] | null>(null);
  /** The day is laid out for paper. */
  printing = $state(false);
  selected = $state<string | null>(null);
  master = $state<string | null>(null);
  move = $state.raw<Move | null>(null);
  clash = $state.raw<Clash | null>(null);
  /** Grows with every change of the topic; readers that derive from the model depend on it. */
  version = $state(0);
  /** The same once a second, for what walks over the whole day. */
  calm = $state(0);
  loaded = $state(false);
  day = $state(0);
  /** Grows when the open visit should show who can take it. */
  ranking = $state(0);
  private asked = 0;
  private askedAt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  open(): () => void {
    const topic = live.topic('board');
    // Panels beside the timeline need not follow every frame: four times a second reads as live, and twice under a hand.
    let due: ReturnType<typeof setTimeout> | null = null;
    let later: ReturnType<typeof setTimeout> | null = null;
    const bump = () => {
      due ??= setTimeout(() => {
        due = null;
        this.version += 1;
      }, hands.busy ? 500 : 250);
      later ??= setTimeout(() => {
        later = null;
        this.calm += 1;
      }, 1000);
    };
    past.show = (rows, changed) => {
      if (changed === null) this.model.replace(rows);
      else this.model.apply(changed, (key) => rows.get(key));
      this.redraw();
    };
    past.leave = () => {
      this.model.replace(topic.rows);
      this.fitDay();
      this.renderer?.request(true);
      this.overview?.request(true);
      this.redraw();
    };
    const off = topic.listen((change) => {
      // What is live goes on behind the past; it is shown again when the present is.
      if (past.tape) return;
      if (change.all) this.model.replace(topic.rows);
      else this.model.apply(change.keys, (key) => topic.rows.get(key));
      if (!this.loaded) {
        this.version += 1;
        this.calm += 1;
      }
      this.loaded = true;
      this.renderer?.news();
      this.overview?.request();
      bump();
    });
    const leave = live.subscribe('board');
    if (topic.position) {
      this.model.replace(topic.rows);
      this.loaded = true;
      this.calm += 1;
    }
    return () => {
      off();
      leave();
      this.loaded = false;
      past.close();
      this.cancel();
      this.forgetChosen();
      this.reassign = null;
    };
  }
  /** Draws what has changed by hand, panels too. */
  redraw(): void {
    this.renderer?.request();
    this.overview?.request();
    this.version += 1;
    this.calm += 1;
  }

  /** Adds a visit to those chosen together, or takes it out. */
  toggle(id: string): void {
    if (!this.chosen.delete(id)) this.chosen.add(id);
    this.paintChosen([id]);
  }
  forgetChosen(): void {
    const all = [...this.chosen];
    this.chosen.clear();
    this.paintChosen(all);
  }
  private paintChosen(changed: string[]): void {
    if (!this.renderer) return;
    this.renderer.chosen = this.chosen;
    this.renderer.touch(changed);
  }
  /** Those chosen together that are still on the board, in the order they are driven. */
  get together(): Visit[] {
    void this.version;
    return [...this.chosen].flatMap((id) => this.model.visits.get(id) ?? []).sort((a, b) => (a.start ?? Infinity) - (b.start ?? Infinity));
  }

  visit(id: string | null): Visit | undefined {
    void this.version;
    return id ? this.model.visits.get(id) : undefined;
  }
  masterRow(id: string | null): Master | undefined {
    void this.version;
    return id ? this.model.masters.get(id) : undefined;
  }
  /** A dispatcher and a manager move visits, and only now; the others look. */
  get mine(): boolean {
    return (session.user?.role === 'dispatcher' || session.user?.role === 'manager') && !past.open;
  }
  /** Fits the day's range to the shifts: an hour around the earliest and the latest. */
  fitDay(): void {
    const base = dayStart(live.clock.now()) + this.day * 86_400_000;
    let from = base + 8 * 3_600_000;
    let to = base + 20 * 3_600_000;
    for (const m of this.model.masters.values()) {
      // A night that began yesterday is seen from midnight on.
      if (!m.shift || m.shift.to <= base || m.shift.from >= base + 86_400_000) continue;
      from = Math.min(from, m.shift.from);
      to = Math.max(to, m.shift.to);
    }
    const hour = 3_600_000;
    this.model.setDay(Math.max(base, Math.floor(from / hour) * hour - hour), Math.ceil(to / hour) * hour + hour);
  }

  select(visit: string | null, reveal = false): void {
    this.selected = visit;
    this.master = visit ? null : this.master;
    this.renderer?.select(visit, this.master);
    const v = visit ? this.model.visits.get(visit) : undefined;
    const at = v && this.model.placed(v);
    if (reveal && at?.master && at.start !== null) this.renderer?.reveal(at.master, at.start);
  }
  pick(master: string | null): void {
    this.master = master;
    this.selected = null;
    this.renderer?.select(null, master);
  }

  begin(id: string, by: 'pointer' | 'keys'): boolean {
    const v = this.model.visits.get(id);
    if (!v) return false;
    if (!this.mine) {
      if (by === 'keys' || past.open) toasts.say(t(past.open ? 'past.looking' : 'board.looking'));
      return false;
    }
    if (!movable(v)) {
      toasts.say(t('move.begun'));
      return false;
    }
    const rival = company.at(id).find((other) => other.moving);
    if (rival) toasts.say(t('company.moves', { who: rival.name }));
    const at = this.model.placed(v);
    const now = live.clock.now();
    const next = Math.ceil((now + 10 * MIN) / (15 * MIN)) * 15 * MIN;
    const master = at.master ?? (by === 'keys' ? (this.model.rows.find((id) => id.startsWith('master_')) ?? null) : null);
    this.move = { visit: v, master: null, start: at.start ?? Math.max(next, v.window?.from ?? 0), by, local: [], verdict: null, x: 0, y: 0 };
    if (by === 'keys') this.target(master, this.move.start);
    return true;
  }

  /** Moves the ghost; checks at once and asks the server at most ten times a second. */
  target(master: string | null, start: number, x?: number, y?: number): void {
    const move = this.move;
    if (!move) return;
    hands.move();
    const moved = master !== move.master || start !== move.start;
    let { local, verdict } = move;
    if (moved) {
      local = master ? this.model.check(move.visit, master, start, live.clock.now()).map((b) => ({ rule: b.rule, text: t(`rule.${b.rule}` as Key, { what: b.text ? (b.rule === 'skill' ? word('skill', b.text) : b.text) : '' }) })) : [];
      verdict = null;
    }
    const at = move.by === 'keys' && master ? this.renderer?.point(master, start) : null;
    this.move = { ...move, master, start, local, verdict, x: at?.x ?? x ?? move.x, y: at?.y ?? y ?? move.y };
    this.ghost();
    if (moved && master) this.ask();
  }

  private ask(): void {
    if (this.timer) return;
    const wait = Math.max(0, this.askedAt + PREVIEW_MS - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      const move = this.move;
      if (!move?.master) return;
      this.askedAt = performance.now();
      const turn = ++this.asked;
      live.command('visit.preview', { visit: move.visit.id, master: move.master, start: move.start }, { volatile: true })
        .then((verdict) => {
          const now = this.move;
          if (turn !== this.asked || !now || now.master !== move.master || now.start !== move.start) return;
          this.move = { ...now, verdict };
          this.ghost();
        })
        .catch(() => undefined);
    }, wait);
  }

  private ghost(): void {
    const move = this.move;
    if (!this.renderer) return;
    const bad = move?.verdict ? !move.verdict.ok : (move?.local.length ?? 0) > 0;
    this.renderer.ghost = move?.master
      ? { visit: move.visit, master: move.master, start: move.start, tone: bad ? 'bad' : move.verdict ? 'good' : 'warn', text: move.visit.client }
      : null;
    this.renderer.frame();
  }

  cancel(): void {
    this.move = null;
    this.asked += 1;
    this.ghost();
  }

  async drop(): Promise<void> {
    const move = this.move;
    if (!move) return;
    this.cancel();
    if (!move.master) return;
    await place(move.visit, move.master, move.start);
  }

  next(): void {
    const list = this.model.problems(moment.now);
    if (!list.length) {
      toasts.say(t('board.noproblems'), 'good');
      return;
    }
    const at = list.findIndex((p) => p.visit.id === this.selected);
    this.select(list[(at + 1) % list.length]!.visit.id, true);
  }
}
export const board = new Board();

export const doVisit = (name: string, v: Visit, args: Record<string, unknown> = {}) => act(name, { visit: v.id, ...args });
