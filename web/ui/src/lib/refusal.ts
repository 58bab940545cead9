// Why the server said no, in the reader's language.
import type { Problem } from '../wire/types';
import { language, word } from './i18n.svelte';

/** A value as people write it: days of the wire become days of a calendar. */
const written = (value: string): string => value.replace(/^(\d{4})-(\d\d)-(\d\d)$/, language.current === 'ru' ? '$3.$2.$1' : '$1-$2-$3');

/**
 * A refusal in the reader's language by its code, with the values that the server has named: in its words each stands
 * between back-quotes. Its own words when the code is not known here.
 */
export function refusalText({ type, detail, title }: Problem): string {
  const code = type.split('/').at(-1) ?? '';
  // A broken rule of the plan comes in a dispatcher's words, which are Russian.
  if (code.startsWith('rule-') && language.current !== 'ru') return word('rule', code.slice(5)).replace(/\W*\{.*/, '');
  const known = word('refusal', code);
  if (!known || known === code) return detail || title;
  const named = [...detail.matchAll(/`([^`]*)`/g)].map((found) => written(found[1]!));
  return known.replace(/\{(\w+)\}/g, (_, hole: string) => (hole === 'detail' ? detail : named[Number(hole)]) ?? '…');
}

/** Fetches the words for refusals; a screen that has none yet when it needs them shows the server's. */
export const readRefusals = (): Promise<void> => language.need('refusals').catch(() => undefined);
