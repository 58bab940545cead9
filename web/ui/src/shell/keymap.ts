// Keys that every console knows; those of one screen stand in the `keymap.ts` beside it. Help and the guide read the same tables.
import type { KeySection } from './desktop.svelte';

export const everywhere: KeySection = { title: 'help.everywhere', keys: [['Ctrl K', 'help.palette'], ['?', 'help.keys'], ['Esc', 'help.back']] };
