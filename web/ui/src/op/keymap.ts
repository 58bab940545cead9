// The operator's keys: the call, to whom it is given, the client and the request.
import type { KeySection } from '../shell/desktop.svelte';

export const operatorKeys: KeySection[] = [
  { title: 'help.call', keys: [['Ctrl Space', 'op.empty.answer'], ['H', 'help.hold'], ['M', 'help.mute'], ['T', 'help.give'], ['K', 'help.keypad'], ['X', 'help.hang'], ['W', 'help.wrap'], ['R', 'help.ready'], ['B', 'help.callback']] },
  { title: 'op.give', keys: [['Enter', 'op.consult'], ['Shift Enter', 'op.handover']] },
  { title: 'help.request', keys: [['F3', 'op.empty.find'], ['Ins', 'help.new'], ['↓ Enter', 'help.symptom'], ['F8', 'help.section'], ['1 … 5', 'op.empty.slot'], ['Ctrl Enter', 'help.save']] },
];
