// A slice of the board as a link: what is shown, how it is grouped and filtered, which visit is open. And links kept by name.
import type { Grouping } from './model';

export type Show = 'timeline' | 'overview' | 'map';
export interface View { day: number; show: Show; filter: string; zone: string; branch: string; group: Grouping; visit: string | null; past: number | null }
export const plainView: View = { day: 0, show: 'timeline', filter: '', zone: '', branch: '', group: 'none', visit: null, past: null };

const shows: Show[] = ['timeline', 'overview', 'map'];
const groupings: Grouping[] = ['none', 'branch', 'skill', 'zone', 'state'];

/** The query of a view; what is as usual is left out. */
export function toQuery(view: View): string {
  const query = new URLSearchParams();
  if (view.day) query.set('day', String(view.day));
  if (view.show !== 'timeline') query.set('show', view.show);
  if (view.filter.trim()) query.set('find', view.filter.trim());
  if (view.zone) query.set('zone', view.zone);
  if (view.branch) query.set('branch', view.branch);
  if (view.group !== 'none') query.set('group', view.group);
  if (view.visit) query.set('visit', view.visit);
  if (view.past !== null) query.set('past', new Date(view.past).toISOString().slice(0, 16));
  const text = query.toString();
  return text ? `?${text}` : '';
}

/** Reads a link; what it does not say, or says wrongly, is as usual. */
export function fromQuery(text: string): View {
  const query = new URLSearchParams(text);
  const day = Number(query.get('day') ?? 0);
  const show = query.get('show') as Show;
  const group = query.get('group') as Grouping;
  const past = query.get('past');
  return {
    day: Number.isInteger(day) && Math.abs(day) <= 366 ? day : 0,
    show: shows.includes(show) ? show : 'timeline',
    filter: (query.get('find') ?? '').slice(0, 80),
    zone: (query.get('zone') ?? '').slice(0, 80),
    branch: /^branch_\w+$/.test(query.get('branch') ?? '') ? query.get('branch')! : '',
    group: groupings.includes(group) ? group : 'none',
    visit: /^visit_\w+$/.test(query.get('visit') ?? '') ? query.get('visit') : null,
    past: past && /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(past) && !Number.isNaN(Date.parse(`${past}Z`)) ? Date.parse(`${past}Z`) : null,
  };
}

export interface Named { name: string; query: string }
const KEPT = 'board.views';

/** Views that this browser keeps by name. */
export function named(): Named[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]');
    return Array.isArray(kept) ? kept.filter((v): v is Named => typeof v?.name === 'string' && typeof v?.query === 'string') : [];
  } catch {
    return [];
  }
}

/** Keeps a view under a name, or forgets the name when there is no query; gives what is kept then. */
export function keep(name: string, query: string | null): Named[] {
  const rest = named().filter((v) => v.name !== name);
  const all = query === null ? rest : [...rest, { name, query }].sort((a, b) => a.name.localeCompare(b.name, 'ru'));
  try {
    localStorage.setItem(KEPT, JSON.stringify(all.slice(-40)));
  } catch {
    // Private mode: names live for the page only.
  }
  return all;
}
