// What a proposal would do, laid over the timeline: dashed bars where visits would stand, and arrows from where they do.
import type { ProposedMove, Spot } from '../wire/types';
import { el } from './bar';

const SVG = 'http://www.w3.org/2000/svg';
const MIN = 60_000;

/** Where things are on the timeline, in pixels of its body. */
export interface Ground {
  x: (ms: number) => number;
  width: number; height: number; row: number; scale: number;
  rowAt: (master: string | null) => number;
  hour: (ms: number) => string;
}

/** The way of an arrow between two bars: down or up at first, and into the bar from its side. */
export function way(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const bend = Math.max(18, Math.abs(to.y - from.y) * 0.35);
  const down = to.y >= from.y ? 1 : -1;
  return `M${from.x} ${from.y}C${from.x} ${from.y + bend * down} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
}

/** Who goes to the visit, each with whom they take it from: themselves where they stay. */
export function seats({ from, to }: ProposedMove): { to: string; from: string | null }[] {
  const all = (spot: Spot | null) => (spot ? [spot.master, ...(spot.beside ?? []).map((b) => b.master)] : []);
  const was = all(from);
  const is = all(to);
  const gone = was.filter((master) => !is.includes(master));
  return is.map((to) => ({ to, from: was.includes(to) ? to : (gone.shift() ?? null) }));
}

export class PlannedLayer {
  private root: HTMLElement;
  private painted = '';

  constructor(body: HTMLElement) {
    this.root = el('tl-planned', body);
    this.root.setAttribute('aria-hidden', 'true');
    this.root.hidden = true;
  }

  paint(moves: readonly ProposedMove[], ground: Ground): void {
    if (this.root.hidden !== !moves.length) this.root.hidden = !moves.length;
    if (!moves.length) {
      if (this.painted) this.root.replaceChildren();
      this.painted = '';
      return;
    }
    // What is drawn is told by where it is drawn: the same picture is not made again.
    const drawn = moves.flatMap((move) => seats(move).map((seat) => ({ move, seat, row: ground.rowAt(seat.to), before: ground.rowAt(seat.from) })));
    const seen = JSON.stringify([drawn.map(({ move, ...at }) => [move.visit, move.from?.start, move.to.start, ground.x(move.to.start), at]), ground.width, ground.height, ground.row, ground.scale]);
    if (seen === this.painted) return;
    this.painted = seen;
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('width', String(ground.width));
    svg.setAttribute('height', String(ground.height));
    this.root.replaceChildren(svg);
    for (const { move, seat, row, before } of drawn) {
      if (row < 0) continue;
      const left = ground.x(move.to.start);
      const top = row * ground.row + 3;
      const same = seat.from === seat.to;
      const ghost = el(same ? 'same' : '', this.root);
      ghost.dataset.planned = move.visit;
      ghost.style.cssText = `left:${left}px;top:${top}px;width:${Math.max(24, (move.minutes ?? 30) * ground.scale)}px`;
      const name = el('', ghost, 'b');
      name.textContent = move.client ?? `№ ${move.no ?? ''}`;
      ghost.append(ground.hour(move.to.start));
      if (!move.from || !seat.from || before < 0 || same) continue;
      const down = row > before;
      const start = { x: ground.x(move.from.start) + Math.min(24, ((move.minutes ?? 30) * ground.scale) / 2), y: before * ground.row + (down ? ground.row - 4 : 3) };
      const end = { x: left - 1, y: top + (ground.row - 7) / 2 };
      for (const cls of ['halo', 'line']) {
        const line = document.createElementNS(SVG, 'path');
        line.setAttribute('class', cls);
        line.setAttribute('d', way(start, end));
        svg.append(line);
      }
      const tip = document.createElementNS(SVG, 'path');
      tip.setAttribute('class', 'tip');
      tip.setAttribute('d', `M${end.x} ${end.y}l-9 -5v10Z`);
      svg.append(tip);
    }
  }
  /** The beginning of what is drawn, to bring it into view. */
  static first(moves: readonly ProposedMove[]): { master: string; start: number } | null {
    const move = moves.find((m) => m.from?.master !== m.to.master) ?? moves[0];
    return move ? { master: move.to.master, start: Math.min(move.to.start, move.from?.start ?? Infinity) - 30 * MIN } : null;
  }
}
