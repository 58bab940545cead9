// How a visit looks: tone and icon for every state. The tone is a pale fill with an edge; words stay dark.
import type { IconName } from '../lib/icons';
import type { Master, Visit, VisitState } from '../wire/types';

export type Tone = 'slate' | 'blue' | 'violet' | 'indigo' | 'green' | 'amber' | 'grey' | 'red';

export const look: Record<VisitState, { tone: Tone; icon: IconName }> = {
  unplanned: { tone: 'slate', icon: 'circle' },
  planned: { tone: 'blue', icon: 'clock' },
  confirmed: { tone: 'blue', icon: 'check' },
  dispatched: { tone: 'violet', icon: 'arrow' },
  accepted: { tone: 'violet', icon: 'double' },
  en_route: { tone: 'indigo', icon: 'van' },
  on_site: { tone: 'green', icon: 'user' },
  working: { tone: 'green', icon: 'wrench' },
  paused: { tone: 'amber', icon: 'pause' },
  completed: { tone: 'grey', icon: 'check' },
  incomplete: { tone: 'amber', icon: 'alert' },
  no_show: { tone: 'red', icon: 'alert' },
  cancelled: { tone: 'grey', icon: 'cross' },
  verified: { tone: 'grey', icon: 'double' },
};
export const lookOf = (state: VisitState) => look[state] ?? look.planned;

const done: VisitState[] = ['completed', 'incomplete', 'no_show', 'cancelled', 'verified'];
const begun: VisitState[] = ['en_route', 'on_site', 'working', 'paused'];
export const finished = (v: Visit): boolean => done.includes(v.state);
/** A visit that has begun or ended does not move by hand. */
export const movable = (v: Visit): boolean => !finished(v) && !begun.includes(v.state);
export const loose = (v: Visit): boolean => !v.master && !finished(v);
/** Its day is not near yet: the planner finds it a master then. */
export const later = (v: Visit, now: number): boolean => !v.master && (v.window?.from ?? 0) - now > 172_800_000;

export const masterTone: Record<Master['state'], Tone> = {
  off_shift: 'slate', available: 'green', travelling: 'indigo', on_site: 'green', break: 'amber', office: 'slate', unavailable: 'red',
};

/** The client still has to pay for a finished visit. */
export function owing(v: Visit): boolean {
  if (v.beside || v.state !== 'completed' || v.coverage !== 'client') return false;
  if (v.due != null) return Number(v.due) > 0;
  return Number(v.price ?? 0) > Number(v.paid ?? 0);
}

/** Minutes to the SLA deadline; null when there is nothing to watch. */
export function slaLeft(v: Visit, now: number): number | null {
  if (!v.sla || v.sla.state === 'met' || v.sla.state === 'paused' || finished(v)) return null;
  return (v.sla.due - now) / 60_000;
}
export function slaRisk(v: Visit, now: number): boolean {
  const left = slaLeft(v, now);
  if (left === null) return false;
  if (v.sla!.state === 'breached' || left < 0) return true;
  const ends = v.sla!.metric === 'reaction' ? v.start : v.end;
  return ends === null ? left < 120 : ends > v.sla!.due;
}
