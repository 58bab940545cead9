// A client's card as it is written: rows of the server, and what a refusal says of which field.
import { Refusal } from '../live/client';
import { refusalText } from '../lib/refusal';
import { reason } from '../lib/toast.svelte';
import type { ClientCard, Id, ServicePoint } from '../wire/types';
import type { Geo } from '../map/projection';

export type Point = ServicePoint;
export type How = 'required' | 'preferred' | 'excluded';
export const ways: How[] = ['required', 'preferred', 'excluded'];
/** Where the town is, what is served, and who works here. */
export interface Town { points: [number, number][]; masters: { id: Id; name: string }[]; middle: Geo }
export interface Failure { field: string; text: string; current: ClientCard | null }

const fields: Record<string, string> = { 'name-missing': 'name', 'hours-empty': 'hours', 'never-open': 'hours', 'text-long': 'note', 'bound-twice': 'bindings', 'unknown-master': 'bindings', 'reason-missing': 'reason', 'skill-level': 'skill', 'agreement-number': 'no', 'agreement-days': 'until', 'covered-twice': 'covered', 'agreement-incomplete': 'covered', 'foreign-unit': 'covered' };
/** What went wrong, beside which field; with the card as it is now when somebody was faster. */
export function failure(error: unknown): Failure {
  if (!(error instanceof Refusal)) return { field: '', text: reason(error), current: null };
  const { problem } = error;
  const code = problem.type.split('/').at(-1) ?? '';
  return { field: fields[code] ?? code, text: refusalText(problem), current: problem.status === 409 ? ((problem.current as ClientCard | undefined) ?? null) : null };
}
/** Whom a place belongs to: everything that can be repaired there. */
export const inUse = (point: Point) => point.units.filter((unit) => !unit.retired);
