// The signed link of a client's own page of a visit; the server makes it for who may hand it over.
import { get } from './session.svelte';

export async function clientLink(visit: string): Promise<string> {
  const { path } = await get<{ path: string }>(`/api/visits/${encodeURIComponent(visit)}/link`);
  return location.origin + path;
}
