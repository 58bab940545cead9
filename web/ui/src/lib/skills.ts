// What a master or an operator can do, in words: the house's own dictionary, and behind it the one that comes with the screens.
import { language, word } from './i18n.svelte';

export interface SkillWord { code: string; ru: string; en: string; tone: string; retired: boolean }
/** Codes that the screens' own dictionary knows. */
export const usualSkills = ['boiler', 'coffee', 'fridge', 'hvac', 'kkt', 'washer'];

/** Asks the house for its words; screens name skills by them from then on. */
export async function readSkills(): Promise<SkillWord[]> {
  const answer = await fetch('/api/skills', { credentials: 'same-origin' }).catch(() => null);
  if (!answer?.ok) return language.skills;
  language.skills = ((await answer.json()) as { skills: SkillWord[] }).skills;
  return language.skills;
}

/** The name of a skill for people. */
export const skillName = (code: string): string => word('skill', code);
/** The codes that may be given, with those that somebody has already. */
export function skillCodes(known: string[]): string[] {
  const retired = new Set(language.skills.filter((s) => s.retired).map((s) => s.code));
  const all = [...usualSkills, ...language.skills.map((s) => s.code)].filter((code) => !retired.has(code));
  return [...new Set([...all, ...known.filter((code) => !retired.has(code))])].sort((a, b) => skillName(a).localeCompare(skillName(b)));
}
