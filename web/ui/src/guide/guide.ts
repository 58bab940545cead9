// What a guide is made of: sections of steps, where `{word}` is a name out of the dictionaries, `[Key]` a key of the tables and a pair of backticks holds a command.
import { boardKeys } from '../board/keymap';
import { operatorKeys } from '../op/keymap';
import { everywhere } from '../shell/keymap';
import type { KeySection } from '../shell/desktop.svelte';
import type { Role } from '../wire/types';

/** One thing that a person of the role does. */
export interface Section {
  title: string;
  /** A picture of docs/pictures, without its theme: `board-wide`. */
  picture?: string;
  /** What is seen on it; there whenever the picture is. */
  alt?: string;
  steps: string[];
  note?: string;
}
export interface Guide { title: string; lead: string; sections: Record<string, Section> }
export type Piece = { is: 'text' | 'word' | 'code'; text: string } | { is: 'keys'; keys: string[] };

export const roles: Role[] = ['operator', 'dispatcher', 'master', 'manager', 'admin'];

/** Keys of the board that change the plan: they are the dispatcher's alone. */
const deeds = new Set(['U', 'Space', 'Ctrl Z', 'Ctrl Shift Z', 'A', 'R', 'M', 'Enter', 'L', 'X']);
const looking: KeySection[] = boardKeys.map((part) => ({ ...part, keys: part.keys.filter(([key]) => !deeds.has(key)) }));

/** The keys of a role's screens; the phone has none. */
export const keysOf: Record<Role, KeySection[]> = {
  operator: [...operatorKeys, everywhere],
  dispatcher: [...boardKeys, everywhere],
  master: [],
  manager: [...looking, everywhere],
  admin: [...looking, everywhere],
};

/** Takes a line apart: plain text, words of the dictionaries, keys, commands. */
export function pieces(line: string): Piece[] {
  return line.split(/(`[^`]+`|\{[\w.-]+\}|\[[^\]]+\])/).filter(Boolean).map((part): Piece =>
    /^`.*`$/.test(part) ? { is: 'code', text: part.slice(1, -1) }
    : /^\{.*\}$/.test(part) ? { is: 'word', text: part.slice(1, -1) }
    : /^\[.*\]$/.test(part) ? { is: 'keys', keys: part.slice(1, -1).split(' ') }
    : { is: 'text', text: part });
}

/** Every line of a guide, for those who check it. */
export const lines = (guide: Guide): string[] =>
  [guide.title, guide.lead, ...Object.values(guide.sections).flatMap((s) => [s.title, s.alt ?? '', ...s.steps, s.note ?? ''])].filter(Boolean);
