// A broken rule and an explanation in the reader's language, from the planner's codes and values.
import { minutes } from '../lib/format';
import { t, word } from '../lib/i18n.svelte';
import type { Broken, Explanation } from '../wire/types';

export function ruleText({ rule, text, values = {} }: Broken): string {
  const { min, skill, have, need, no, master_name, part, tool } = values;
  switch (rule) {
    case 'skill':
      if (!skill) break;
      return have && need ? t('why.skill', { what: word('skill', skill), have, need }) : t('rule.skill', { what: word('skill', skill) });
    case 'shift':
    case 'window':
    case 'off':
    case 'rest':
      if (min !== undefined) return t(`why.${rule}`, { min: minutes(min) });
      break;
    case 'following':
      if (min !== undefined) return t('why.following', { no: no ?? '–', min: minutes(min) });
      break;
    case 'part':
      if (part !== undefined) return t('why.part', { part, have: have ?? 0, need: need ?? 0 });
      break;
    case 'tool':
      if (tool !== undefined) return t('why.tool', { tool });
      break;
    case 'pinned':
      if (master_name) return t('why.pinned', { who: master_name });
      break;
  }
  const known = word('why', rule);
  return known === rule.replaceAll('_', ' ') ? text : known;
}

/** Why this master and who would be next; or who comes nearest when nobody can. */
export function sentence(why: Explanation, name: string | undefined): string {
  if (!why.master) return why.nearest ? t('why.nobody.nearest', { who: why.nearest.master_name, rule: ruleText(why.nearest) }) : t('why.nobody');
  const next = why.others.find((o) => 'difference_min' in o && o.master !== why.master);
  const chosen = t('why.chosen', { who: name ?? '–', min: minutes(why.extra_min ?? 0) });
  return next && 'difference_min' in next ? `${chosen} ${t('why.next', { who: next.master_name, min: minutes(Math.max(0, next.difference_min)) })}` : chosen;
}
