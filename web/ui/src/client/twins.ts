// Clients who stand twice: the rows of the server, and what is asked of it.
import { t, word, type Key } from '../lib/i18n.svelte';
import { phone } from '../lib/format';
import { session } from '../lib/session.svelte';
import { live } from '../live/hook.svelte';
import type { components } from '../wire/api';
import type { ClientCard, Id } from '../wire/types';

type Schemas = components['schemas'];
export type Twins = Schemas['Twins'];
export type Twin = Schemas['Twin'];
export type MergedCard = Schemas['MergedCard'];
export type Field = 'name' | 'kind' | 'inn' | 'consent';
export type Side = 'keep' | 'other';

/** Whoever plans may merge; the operator goes on with what is there. */
export const mayMerge = (): boolean => ['dispatcher', 'manager', 'admin'].includes(session.user?.role ?? '');
export const twinsOf = (client?: Id) => live.command('client.twins', client ? { client } : {}) as Promise<{ pairs: Twins[]; total: number }>;

/** Why two look like one, in words. */
export const reasons = (pair: Twins): string =>
  pair.why.map(({ rule, value }) => t(`twins.why.${rule}` as Key, { value: rule === 'phone' ? phone(value) : value })).join(', ');
/** What stands in a field of a card, for people. */
export function shown(card: ClientCard, field: Field): string {
  if (field === 'kind') return word('clientkind', card.kind);
  if (field === 'inn') return card.inn ?? '';
  if (field === 'consent') return card.consent ? t(card.consent.given ? 'twins.consent.yes' : 'twins.consent.no') : '';
  return card.name;
}
/** What the server would keep where nobody chooses. */
export function usual(keep: ClientCard, other: ClientCard, field: Field): Side {
  if (field === 'kind') return keep.kind === 'person' && other.kind === 'org' ? 'other' : 'keep';
  if (field === 'consent' && other.consent && !other.consent.given && keep.consent?.given) return 'other';
  return shown(keep, field) || !shown(other, field) ? 'keep' : 'other';
}
/** «3 точки, 5 единиц техники»: what there is of each. */
export function amounts(of: { points: number; units: number; agreements: number; requests: number }): string {
  const parts = (['points', 'units', 'agreements', 'requests'] as const).filter((it) => of[it]).map((it) => t(`twins.n.${it}`, { n: of[it] }));
  return parts.join(', ') || t('twins.n.nothing');
}
