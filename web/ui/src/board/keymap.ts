// The dispatcher's keys: the board, and the visit that is chosen on it.
import type { KeySection } from '../shell/desktop.svelte';

export const boardKeys: KeySection[] = [
  { title: 'help.board', keys: [['N', 'keys.next'], ['T', 'keys.now'], ['F', 'keys.filter'], ['+ −', 'keys.zoom'], ['K', 'keys.map'], ['O', 'keys.overview'], ['V', 'keys.views'], ['P', 'keys.print'], ['H', 'keys.past'], ['U', 'keys.off'], ['← ↑ → ↓', 'keys.walk']] },
  { title: 'help.visit', keys: [['Space', 'keys.choose'], ['Ctrl Z', 'keys.undo'], ['Ctrl Shift Z', 'keys.redo'], ['A', 'keys.accept'], ['G', 'keys.proposals'], ['R', 'keys.reject'], ['M', 'keys.move'], ['Enter', 'keys.drop'], ['Esc', 'keys.cancel'], ['C', 'keys.candidates'], ['L', 'keys.pin'], ['X', 'keys.unassign']] },
];
