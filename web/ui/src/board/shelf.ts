// Which rows of the timeline are in the page: those in view. Rows kept ready outside of it were tried, also hidden from the
// browser's painting, and rows painted in parts over several frames: none of it made a scroll smoother (docs/decisions/0029).
import { RowView, type Scene } from './row';

/** Rows kept for the next ones that come into view, when fewer are needed than there were. */
const SPARE = 8;

/** Rows that come in one frame, and rows ready on either side of the view at least. A frame in which anything comes costs more than a row does. */
const STEP = 2;
const BEYOND = 2;
/** The rows to be in the page. They are always as many, so that those that leave become those that come in the same frame. */
export function inView(top: number, height: number, row: number, count: number): { first: number; last: number } {
  const seen = Math.ceil(height / row) + 1;
  const first = Math.floor(Math.max(0, top) / row / STEP) * STEP - BEYOND;
  return { first: Math.max(0, first), last: Math.min(count, first + BEYOND + STEP - 1 + seen + BEYOND) };
}

export class Shelf {
  /** Rows in the page, by what they show. */
  readonly views = new Map<string, RowView>();
  private spare: RowView[] = [];

  constructor(private body: HTMLElement, private heads: HTMLElement, private scene: Scene) {}

  of(id: string | undefined): RowView | undefined {
    return id === undefined ? undefined : this.views.get(id);
  }

  /** Shows the rows from `first` to before `last`; paints those that came, those that changed, or all. */
  show(first: number, last: number, changed: (id: string) => boolean, all: boolean): void {
    const { rows } = this.scene.model;
    const wanted = new Set(rows.slice(first, last));
    // Rows that have left become those that come: a row that stays in the page and says other words costs less than a new one.
    const idle: RowView[] = [];
    for (const [id, view] of this.views) {
      if (wanted.has(id)) continue;
      this.views.delete(id);
      idle.push(view);
    }
    for (let place = first; place < last; place++) {
      const id = rows[place]!;
      const known = this.views.get(id);
      const view = known ?? this.take(id, idle.pop());
      if (view.place !== place || all) view.put(place, this.scene.row);
      if (!known || all || changed(id)) view.paint(this.scene, all);
    }
    for (const view of idle) {
      view.leave();
      if (this.spare.length < SPARE) this.spare.push(view);
    }
  }

  private take(id: string, idle: RowView | undefined): RowView {
    const view = idle ?? this.spare.pop() ?? new RowView();
    view.become(id);
    if (!idle) view.enter(this.body, this.heads);
    this.views.set(id, view);
    return view;
  }
}
