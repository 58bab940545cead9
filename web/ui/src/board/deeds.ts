// What a dispatcher does to visits: each deed is a command of the server, can be taken back, and says why when refused.
import { t } from '../lib/i18n.svelte';
import { reason, toasts } from '../lib/toast.svelte';
import { Refusal } from '../live/client';
import { live } from '../live/hook.svelte';
import type { Visit } from '../wire/types';
import { board } from './board.svelte';
import { History, isTold, placeOf, putting, stands, type Call, type Gesture, type Place, type Step } from './history';

export const history = new History();

let last: Promise<unknown> = Promise.resolve();
/** Deeds follow one another: who takes back at once takes back what is still on its way to the server. */
export function inTurn<T>(run: () => Promise<T>): Promise<T> {
  const next = last.then(run, run);
  last = next.catch(() => undefined);
  return next;
}

/** Nothing that a dispatcher decides by is different. */
export const alike = (a: Visit, b: Visit): boolean =>
  a.master === b.master && a.start === b.start && a.state === b.state && a.pinned === b.pinned && a.window?.from === b.window?.from && a.window?.to === b.window?.to;

export type Assigned = Step | 'clash' | null;

/** Shows a move at once, asks the server, and takes the move back when it says no. */
export async function assign(v: Visit, master: string, start: number, { pin = true, again = false } = {}): Promise<Assigned> {
  const before = placeOf(v);
  board.model.move(v.id, master, start);
  board.redraw();
  try {
    const done = await live.command('visit.assign', { visit: v.id, master, start, pin }, { rev: v.rev });
    const at = (done as { start?: number }).start ?? start;
    return { visit: v.id, before, after: { master, start: at, pinned: pin } };
  } catch (error) {
    board.model.revert(v.id);
    board.redraw();
    if (!(error instanceof Refusal) || !error.problem.type.endsWith('/stale-version')) {
      toasts.say(reason(error), 'bad');
      return null;
    }
    // What the server sends as current is newer than the topic for a moment.
    const current = error.problem.current as Visit | undefined;
    if (current?.id === v.id) board.model.apply([v.id], () => current);
    const now = board.model.visits.get(v.id);
    // A change that the dispatcher cannot see (the master opened it, a bill was drawn) is no reason to ask.
    if (now && now.rev > v.rev && !again && alike(now, v)) return assign(now, master, start, { pin, again: true });
    return 'clash';
  }
}

/** One visit by hand: what came too late opens the question instead of a message. */
export function place(v: Visit, master: string, start: number): Promise<boolean> {
  return inTurn(async () => {
    const done = await assign(v, master, start);
    if (done === 'clash') board.clash = { before: v, master, start };
    else if (done) {
      history.did([done]);
      await seen(v);
    }
    return done !== null && done !== 'clash';
  });
}

/** Waits until the row that a deed has changed is here: the answer may be quicker than the topic. */
async function seen(v: Visit): Promise<void> {
  for (let turn = 0; turn < 75; turn++) {
    const now = board.model.visits.get(v.id);
    if (!now || now.rev > v.rev) return;
    await new Promise((ok) => setTimeout(ok, 20));
  }
}

async function tell(name: string, v: Visit, args: Record<string, unknown> = {}): Promise<boolean> {
  try {
    await live.command(name, { visit: v.id, ...args });
    await seen(v);
    return true;
  } catch (error) {
    toasts.say(reason(error), 'bad');
    return false;
  }
}

/** Takes visits off their masters. */
export function unassign(visits: Visit[]): Promise<void> {
  return inTurn(async () => {
    const gesture: Gesture = [];
    for (const v of visits) {
      if (await tell('visit.unassign', v)) gesture.push({ visit: v.id, before: placeOf(v), after: { master: null, start: null, pinned: false } });
    }
    history.did(gesture);
  });
}

/** Pins visits to their masters, or lets the planner move them again. */
export function pin(visits: Visit[], pinned: boolean): Promise<void> {
  return inTurn(async () => {
    const gesture: Gesture = [];
    for (const v of visits) {
      if (v.pinned === pinned || !v.master) continue;
      if (await tell('visit.pin', v, { pinned })) gesture.push({ visit: v.id, before: placeOf(v), after: { ...placeOf(v), pinned } });
    }
    history.did(gesture);
  });
}

/** Puts one visit to where a step says; a pin alone is a command of its own. */
async function put(step: Step, to: Place, from: Place): Promise<boolean> {
  const v = board.model.visits.get(step.visit);
  if (!v || !stands(v, from)) {
    toasts.say(t('undo.moved', { no: v?.no ?? '–' }), 'bad');
    return false;
  }
  if (to.master === from.master && to.start === from.start) return tell('visit.pin', v, { pinned: to.pinned });
  const { name, args } = putting(step.visit, to);
  return tell(name, v, args);
}

/** A yes or a no to a proposal; the answer says how it is taken back. */
export function say(word: 'accept' | 'reject', proposal: { id: string; rev: number }): Promise<boolean> {
  return inTurn(async () => {
    try {
      const args = { proposal: proposal.id };
      const done = (await live.command(`proposal.${word}`, args)) as { undo?: Call | null };
      // What was accepted and taken back is not accepted again: the plan has gone on.
      if (done.undo) history.did([{ undo: done.undo, redo: word === 'reject' ? { name: 'proposal.reject', args } : null }]);
      return true;
    } catch (error) {
      toasts.say(reason(error), 'bad');
      return false;
    }
  });
}
async function command(call: Call | null): Promise<boolean> {
  if (!call) return false;
  try {
    await live.command(call.name, call.args);
    return true;
  } catch (error) {
    toasts.say(reason(error), 'bad');
    return false;
  }
}

async function turn(way: 'undo' | 'redo'): Promise<void> {
  const taken = history[way]();
  if (!taken) return toasts.say(t(way === 'undo' ? 'undo.none' : 'redo.none'));
  const steps = way === 'undo' ? [...taken.gesture].reverse() : taken.gesture;
  let done = 0;
  for (const step of steps) {
    if (isTold(step)) {
      if (await command(step[way])) done += 1;
      continue;
    }
    const [to, from] = way === 'undo' ? [step.before, step.after] : [step.after, step.before];
    if (await put(step, to, from)) done += 1;
  }
  // A gesture of which nothing could be taken back is over: somebody has decided otherwise meanwhile.
  if (!done) return;
  taken.done();
  toasts.say(t(way === 'undo' ? 'undo.done' : 'redo.done', { n: done }), 'good');
}
export const undo = () => inTurn(() => turn('undo'));
export const redo = () => inTurn(() => turn('redo'));
