// Who is signed in, which screen is open, and calls to the HTTP side.
import { Refusal } from '../live/client';
import { live } from '../live/hook.svelte';
import { readSkills } from './skills';
import type { DemoLogin, Problem, Role, User } from '../wire/types';

export const home: Record<Role, string> = { operator: '/op', dispatcher: '/board', manager: '/wall', master: '/m', admin: '/board' };

class Session {
  user = $state<User | null>(null);
  known = $state(false);
  path = $state(location.pathname);
}
export const session = new Session();

addEventListener('popstate', () => (session.path = location.pathname));

export function go(path: string): void {
  if (path !== location.pathname) history.pushState(null, '', path);
  session.path = location.pathname;
}

export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(url, { credentials: 'same-origin', headers: { accept: 'application/json' }, signal });
  if (!answer.ok) throw new Refusal(await problem(answer));
  return (await answer.json()) as T;
}

async function problem(answer: Response): Promise<Problem> {
  try {
    return (await answer.json()) as Problem;
  } catch {
    return { type: 'about:blank', title: answer.statusText, status: answer.status, detail: answer.statusText };
  }
}

function enter(user: User): void {
  session.user = user;
  live.start();
  void readSkills();
}

/** Restores the session from the cookie; a phone without network opens with the user it remembers. */
export async function restore(): Promise<void> {
  try {
    const answer = await fetch('/api/me', { credentials: 'same-origin' });
    if (answer.ok) {
      const body = (await answer.json()) as { user?: User } & User;
      const user = body.user ?? body;
      remember(user);
      enter(user);
    } else if (answer.status === 401 || answer.status === 403) remember(null);
    else throw new Error(String(answer.status));
  } catch {
    const kept = remembered();
    if (kept) enter(kept);
  }
  session.known = true;
}

function remember(user: User | null): void {
  try {
    if (user) localStorage.setItem('user', JSON.stringify(user));
    else localStorage.removeItem('user');
  } catch {
    // Private mode.
  }
}

function remembered(): User | null {
  try {
    return JSON.parse(localStorage.getItem('user') ?? 'null') as User | null;
  } catch {
    return null;
  }
}

/** Signs in; a password of one use opens the door only together with one that was chosen in its place. */
export async function login(name: string, password: string, chosen?: string): Promise<void> {
  const answer = await fetch('/api/login', {
    method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login: name, password, ...(chosen && { chosen }) }),
  });
  if (!answer.ok) {
    const said = await problem(answer);
    throw Object.assign(new Refusal(said), { status: answer.status, type: said.type });
  }
  const { user } = (await answer.json()) as { user: User };
  live.stop();
  remember(user);
  enter(user);
  go(home[user.role] ?? '/login');
}

/** Is nobody here yet? Then whoever holds the key founds the firm. */
export const isFirst = (): Promise<boolean> => get<{ first: boolean }>('/api/first').then((a) => a.first, () => false);

/** Founds the firm; its administrator is signed in. */
export async function found(key: string, wish: unknown): Promise<void> {
  const answer = await fetch('/api/first', { method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key, wish }) });
  if (!answer.ok) throw new Refusal(await problem(answer));
  const { user } = (await answer.json()) as { user: User };
  live.stop();
  remember(user);
  enter(user);
}

export async function logout(): Promise<void> {
  live.stop();
  session.user = null;
  remember(null);
  go('/login');
  await fetch('/api/logout', { method: 'POST', credentials: 'same-origin' }).catch(() => undefined);
}

export async function demoLogins(): Promise<DemoLogin[]> {
  try {
    const body = await get<DemoLogin[] | { logins: DemoLogin[] }>('/api/demo');
    return Array.isArray(body) ? body : (body.logins ?? []);
  } catch {
    return [];
  }
}
