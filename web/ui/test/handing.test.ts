// Whom a call can be given to, and keys that are pressed faster than they are answered.
import { describe, expect, it, vi } from 'vitest';
import { choices, number, target } from '../src/op/handing';
import type { Operator, Person } from '../src/wire/types';

const sent: string[] = [];
let answer: (ok: unknown) => void = () => undefined;
vi.mock('../src/lib/toast.svelte', () => ({
  act: (_: string, args: { keys: string }) => {
    sent.push(args.keys);
    return new Promise((ok) => (answer = ok));
  },
}));
const { Keypad } = await import('../src/op/keypad.svelte');

const colleague = (id: string, name: string, supervises = false) => ({ id, name, supervises, state: 'ready' }) as Operator;
const found: Person[] = [
  { kind: 'queue', name: 'kkt' },
  { kind: 'master', name: 'Сергей Иванов', phone: '+79222100500' },
];

describe('whom a call can be given to', () => {
  it('is one list, colleagues first, and says what the command wants', () => {
    const list = choices('', [colleague('operator_2', 'Ольга'), colleague('operator_1', 'Алла', true)], found);
    expect(list.map((c) => [c.kind, target(c)])).toEqual([
      ['boss', { operator: 'operator_1' }],
      ['colleague', { operator: 'operator_2' }],
      ['queue', { queue: 'kkt' }],
      ['master', { number: '+79222100500' }],
    ]);
  });
  it('is narrowed by what is typed, whatever the letter', () => {
    const crew = [colleague('operator_1', 'Алёна Птицына'), colleague('operator_2', 'Ольга')];
    expect(choices('алена пт', crew, []).map((c) => c.name)).toEqual(['Алёна Птицына']);
  });
  it('takes a number as it was typed, unless somebody has it', () => {
    expect(choices('8 922 210-05-00', [], found).map((c) => c.kind)).toEqual(['queue', 'master']);
    const typed = choices('8 (343) 222-33-44', [], []);
    expect(target(typed[0]!)).toEqual({ number: '8 (343) 222-33-44' });
    expect([number('12'), number('Иванов 1234567'), number('+7 922 210 05 00')]).toEqual([null, null, '+7 922 210 05 00']);
  });
});

describe('the keypad', () => {
  it('keeps the order: what is pressed meanwhile goes with the next command', async () => {
    const pad = new Keypad();
    for (const key of '123') pad.press('call_1', key);
    expect(sent).toEqual(['1']);
    answer({});
    await vi.waitFor(() => expect(sent).toEqual(['1', '23']));
    expect(pad.pressed).toBe('123');
    pad.press('call_1', '#');
    answer(null);
    await vi.waitFor(() => expect(pad.pressed).toBe(''));
    expect(sent).toEqual(['1', '23']);
    pad.press('call_1', '9');
    await vi.waitFor(() => expect(sent.at(-1)).toBe('9'));
  });
});
