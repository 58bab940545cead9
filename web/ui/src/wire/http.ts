// The typed client of the HTTP side: paths, parameters and answers come from the description that the server gives of itself.
import { get } from '../lib/session.svelte';
import type { components, paths } from './api';

/** A type of the description by its name. */
export type Wire<N extends keyof components['schemas']> = components['schemas'][N];
type Get<P extends keyof paths> = paths[P] extends { get: infer G } ? G : never;
/** What a path answers. */
export type Read<P extends keyof paths> = Get<P> extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;
type Query<P extends keyof paths> = Get<P> extends { parameters: { query?: infer Q } } ? Q : undefined;
/** Paths that can be read. */
export type Readable = { [P in keyof paths]: [Read<P>] extends [never] ? never : P }[keyof paths];

/** The address of a path with its holes filled. */
export function address<P extends Readable>(path: P, holes: Record<string, string> = {}, query?: Query<P>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(holes[name] ?? ''));
  const asked = Object.entries(query ?? {}).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]);
  return asked.length ? `${filled}?${new URLSearchParams(asked as [string, string][])}` : filled;
}
/** Reads a path. */
export const read = <P extends Readable>(path: P, holes?: Record<string, string>, query?: Query<P>): Promise<Read<P>> => get<Read<P>>(address(path, holes, query));
