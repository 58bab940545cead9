// Templates of work as their editor holds them, and what the phone makes of a checklist.
import { describe, expect, it } from 'vitest';
import { freshCode, inForce, shift, toCard, toForm, type Card, type Template } from '../src/admin/templates/templates';
import { lacks } from '../src/m/proof';
import type { Visit } from '../src/wire/types';

const card: Card = {
  name: 'ТО', minutes: 50,
  items: [
    { code: 'pressure', ru: 'Давление', en: 'Pressure', kind: 'reading', must: true, unit: 'бар', low: 0.5, high: 6 },
    { code: 'case', ru: 'Корпус', en: '', kind: 'choice', must: false, options: ['цел', 'замят'] },
    { code: 'item_4', ru: 'Фото', en: '', kind: 'photo', must: true },
  ],
};

describe('a template in its editor', () => {
  it('is sent as it was read', () => expect(toCard(toForm(card))).toEqual(card));
  it('sends of an item only what its sort has', () => {
    const form = toForm(card);
    Object.assign(form.items[0]!, { kind: 'tick' });
    Object.assign(form.items[2]!, { kind: 'reading', low: ' 1,5', high: '', unit: ' мм ' });
    const sent = toCard(form).items;
    expect(sent[0]).toEqual({ code: 'pressure', ru: 'Давление', en: 'Pressure', kind: 'tick', must: true });
    expect(sent[2]).toMatchObject({ unit: 'мм', low: 1.5, high: null });
  });
  it('gives a code that no other item has', () => {
    expect(freshCode(card.items)).toBe('item_5');
    expect(freshCode([])).toBe('item_1');
  });
  it('moves an item by one place, and none over the edge', () => {
    const all = ['a', 'b', 'c'];
    expect([shift(all, 0, -1), shift(all, 0, 1), shift(all, 2, 1)]).toEqual([0, 1, 2]);
    expect(all).toEqual(['b', 'a', 'c']);
  });
  it('is in force by its last edition while it is published', () => {
    const edition = { version: 2, card, at: 0, by: 'admin' };
    const it = { state: 'published', editions: [{ ...edition, version: 1 }, edition] } as Template;
    expect(inForce(it)?.version).toBe(2);
    expect(inForce({ ...it, state: 'retired' })).toBeUndefined();
    expect(inForce(undefined)).toBeUndefined();
  });
});

describe('a checklist on the phone', () => {
  it('lacks what must be there, whatever sort it is', () => {
    const visit = { checklist: card.items, proof: { checks: { pressure: '2' }, photos: [], signature: null } } as unknown as Visit;
    expect(lacks(visit)).toEqual(['item_4']);
    expect(lacks({ ...visit, proof: undefined } as Visit)).toEqual(['pressure', 'item_4']);
  });
});
