// What a master or an operator can do, in words: the dictionary's until the house has told its own.
import { word } from './i18n.svelte';

/** The name of a skill for people. */
export const skillName = (code: string): string => word('skill', code);
/** The codes that may be given, with those that somebody has already. */
export const skillCodes = (known: string[]): string[] => [...new Set(['boiler', 'coffee', 'fridge', 'hvac', 'kkt', 'washer', ...known])].sort((a, b) => skillName(a).localeCompare(skillName(b)));
