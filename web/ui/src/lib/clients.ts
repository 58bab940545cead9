// One search of clients for every screen: the wrong keyboard layout is forgiven.
import type { ClientHit } from '../wire/types';
import { swapped } from './layout';
import { get } from './session.svelte';

/** Clients that fit; `as` is what was searched for when the layout had to be swapped, otherwise null. */
export async function findClients(typed: string, signal?: AbortSignal): Promise<{ found: ClientHit[]; as: string | null }> {
  const ask = async (q: string) => (await get<{ found: ClientHit[] }>(`/api/clients?q=${encodeURIComponent(q)}`, signal)).found;
  const found = await ask(typed);
  const other = swapped(typed);
  if (found.length || other === typed || !/\p{L}/u.test(typed)) return { found, as: null };
  const again = await ask(other);
  return again.length ? { found: again, as: other } : { found, as: null };
}
