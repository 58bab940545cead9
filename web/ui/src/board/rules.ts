// A broken rule in the reader's language; the planner's own words when the rule is not known here.
import { minutes } from '../lib/format';
import { language, t, word } from '../lib/i18n.svelte';

export function ruleText({ rule, text }: { rule: string; text: string }): string {
  const code = /[a-z_]{2,}/.exec(text)?.[0];
  if (rule === 'skill' && code) return t('rule.skill', { what: word('skill', code) });
  const min = Number(/\d+/.exec(text)?.[0] ?? 0);
  if (rule === 'shift' && min) return t('why.shift', { min: minutes(min) });
  if (rule === 'window' && min) return t('why.window', { min: minutes(min) });
  const plain = word('why', rule);
  return language.current === 'ru' || plain === rule ? text : plain;
}
