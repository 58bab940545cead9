// Keys pressed in a talk: sent in the order they were pressed, those that wait for an answer together in the next command.
import { act } from '../lib/toast.svelte';

/** The most keys of one command. */
const MOST = 32;
/** How many of the last keys are shown. */
const SHOWN = 12;

export const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

export class Keypad {
  /** What was pressed, its end. */
  pressed = $state('');
  private waiting = '';
  private busy = false;

  /** Presses one key of a talk. */
  press(call: string, key: string): void {
    this.pressed = (this.pressed + key).slice(-SHOWN);
    this.waiting += key;
    if (!this.busy) void this.send(call);
  }

  clear(): void {
    this.pressed = this.waiting = '';
  }

  private async send(call: string): Promise<void> {
    this.busy = true;
    while (this.waiting) {
      const keys = this.waiting.slice(0, MOST);
      this.waiting = this.waiting.slice(MOST);
      // What was refused is not pressed again, nor what waits behind it: half a number is worse than none.
      if (!(await act('call.keys', { call, keys }))) this.clear();
    }
    this.busy = false;
  }
}
