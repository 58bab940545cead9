// A ticket for a recording: who asks is written down on the server before it is given.
import type { Problem } from '../wire/types';
import { refusalText } from '../lib/refusal';
import type { Part } from './timeline';

export async function hearing(call: string): Promise<Part[]> {
  const answer = await fetch(`/api/calls/${encodeURIComponent(call)}/recording`, {
    method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ id: crypto.randomUUID() }),
  });
  if (!answer.ok) throw new Error(refusalText((await answer.json()) as Problem));
  return ((await answer.json()) as { parts: Part[] }).parts;
}
