// Undo and redo of the dispatcher's moves: each step knows how to go back and forth, and is a command like any other.
import type { Visit } from '../wire/types';

/** Where a visit stood: what undo puts back. */
export interface Place { master: string | null; start: number | null; pinned: boolean }
export interface Step { visit: string; before: Place; after: Place }
/** A command of the server, whole. */
export interface Call { name: string; args: Record<string, unknown> }
/** A word on a proposal: the server knows what it did, so the way back is a command and not a place. */
export interface Told { undo: Call; redo: Call | null }
export const isTold = (step: Step | Told): step is Told => 'undo' in step;
/** Steps made by one gesture go back together. */
export type Gesture = (Step | Told)[];
export const DEPTH = 50;

export const placeOf = (v: Visit): Place => ({ master: v.master, start: v.start, pinned: v.pinned });

/**
 * Does a visit still stand where the step left it? What nobody has pinned the planner may move as it likes: that is no
 * colleague's decision, and a minute it retimes a pinned visit by is none either.
 */
export function stands(v: Visit, place: Place): boolean {
  if (!v.pinned && !place.pinned) return true;
  if (v.master !== place.master) return false;
  return !place.master || v.start === null || place.start === null || Math.abs(v.start - place.start) <= 15 * 60_000;
}

/** The command that puts a visit to a place. */
export function putting(visit: string, to: Place): { name: 'visit.assign' | 'visit.unassign'; args: Record<string, unknown> } {
  return to.master && to.start !== null
    ? { name: 'visit.assign', args: { visit, master: to.master, start: to.start, pin: to.pinned } }
    : { name: 'visit.unassign', args: { visit } };
}

export class History {
  private past: Gesture[] = [];
  private future: Gesture[] = [];

  did(gesture: Gesture): void {
    if (!gesture.length) return;
    this.past.push(gesture);
    if (this.past.length > DEPTH) this.past.shift();
    this.future = [];
  }
  get undoable(): number {
    return this.past.length;
  }
  get redoable(): number {
    return this.future.length;
  }
  /** Takes the last gesture to be undone; `back` puts it away again when it could not be. */
  undo(): { gesture: Gesture; done: () => void; back: () => void } | null {
    return this.turn(this.past, this.future);
  }
  redo(): { gesture: Gesture; done: () => void; back: () => void } | null {
    return this.turn(this.future, this.past);
  }
  private turn(from: Gesture[], to: Gesture[]) {
    const gesture = from.pop();
    if (!gesture) return null;
    return { gesture, done: () => void to.push(gesture), back: () => void from.push(gesture) };
  }
}
