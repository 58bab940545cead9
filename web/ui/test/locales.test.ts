// Both dictionaries hold the same keys, the same holes, and every key that the code asks for.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import campaignsEn from '../src/locales/campaigns/campaigns.en.json';
import campaignsRu from '../src/locales/campaigns/campaigns.ru.json';
import cardsEn from '../src/locales/cards/cards.en.json';
import cardsRu from '../src/locales/cards/cards.ru.json';
import callsEn from '../src/locales/calls/calls.en.json';
import callsRu from '../src/locales/calls/calls.ru.json';
import enCore from '../src/locales/en.json';
import enOffice from '../src/locales/office/office-en.json';
import linesEn from '../src/locales/lines/lines.en.json';
import linesRu from '../src/locales/lines/lines.ru.json';
import peopleEn from '../src/locales/people/people.en.json';
import peopleRu from '../src/locales/people/people.ru.json';
import planEn from '../src/locales/plan/plan.en.json';
import planRu from '../src/locales/plan/plan.ru.json';
import ruOffice from '../src/locales/office/office-ru.json';
import ruCore from '../src/locales/ru.json';

const ru = { ...ruCore, ...ruOffice, ...callsRu, ...linesRu, ...campaignsRu, ...peopleRu, ...cardsRu, ...planRu };
const en = { ...enCore, ...enOffice, ...callsEn, ...linesEn, ...campaignsEn, ...peopleEn, ...cardsEn, ...planEn };
const files = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(dir, e.name)) : /\.(ts|svelte)$/.test(e.name) ? [join(dir, e.name)] : []));
const source = files('src').map((f) => [f, readFileSync(f, 'utf8')] as const);

describe('locales', () => {
  it('keep every phrase in one book', () => {
    expect(Object.keys(ruCore).filter((key) => key in ruOffice || key in callsRu)).toEqual([]);
    expect(Object.keys(ruOffice).filter((key) => key in callsRu)).toEqual([]);
    expect(Object.keys(peopleRu).filter((key) => key in ruCore || key in ruOffice || key in callsRu)).toEqual([]);
    const others = { ...ruCore, ...ruOffice, ...callsRu, ...linesRu, ...campaignsRu, ...peopleRu };
    expect(Object.keys(cardsRu).filter((key) => key in others)).toEqual([]);
    expect(Object.keys(planRu).filter((key) => key in { ...others, ...cardsRu })).toEqual([]);
    expect(Object.keys(planEn).sort()).toEqual(Object.keys(planRu).sort());
    expect(Object.keys(cardsEn).sort()).toEqual(Object.keys(cardsRu).sort());
    expect(Object.keys(peopleEn).sort()).toEqual(Object.keys(peopleRu).sort());
    expect(Object.keys(callsEn).sort()).toEqual(Object.keys(callsRu).sort());
    expect(Object.keys({ ...ruCore, ...ruOffice, ...callsRu }).filter((key) => key in linesRu)).toEqual([]);
    expect(Object.keys({ ...ruCore, ...ruOffice, ...callsRu, ...linesRu, ...peopleRu }).filter((key) => key in campaignsRu)).toEqual([]);
    expect(Object.keys(campaignsEn).sort()).toEqual(Object.keys(campaignsRu).sort());
    expect(Object.keys(linesEn).sort()).toEqual(Object.keys(linesRu).sort());
    expect(Object.keys(enOffice).sort()).toEqual(Object.keys(ruOffice).sort());
  });
  it('do not ask for words of the office where only the first book is open', () => {
    const office = Object.keys(ruOffice);
    const elsewhere = source.filter(([f]) => !/src[\\/](board|admin|people|first)[\\/]/.test(f)).flatMap(([f, text]) => office.filter((key) => text.includes(`'${key}'`)).map((key) => `${f}: ${key}`));
    expect(elsewhere).toEqual([]);
  });
  it('have the same keys and no empty text', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(ru).sort());
    for (const text of [...Object.values(ru), ...Object.values(en)]) expect(text.trim()).not.toBe('');
  });
  it('have the same holes', () => {
    const holes = (s: string) => [...new Set(s.match(/\{\w+\}/g) ?? [])].sort();
    for (const [key, text] of Object.entries(ru)) expect([key, holes((en as Record<string, string>)[key]!)]).toEqual([key, holes(text)]);
  });
  it('have three Russian forms and two English ones', () => {
    for (const [key, text] of Object.entries(ru)) if (text.includes('¦')) {
      expect(text.split('¦')).toHaveLength(3);
      expect((en as Record<string, string>)[key]!.split('¦')).toHaveLength(2);
    }
  });
  it('know every key in the code', () => {
    const used = source.flatMap(([, text]) => [...text.matchAll(/\bt\('([\w.]+)'/g)].map((m) => m[1]!));
    expect(used.filter((key) => !(key in ru))).toEqual([]);
  });
  it('leave no Russian text outside the dictionaries', () => {
    const allowed = /symptoms\.ts$|board[\\/]map\.ts$|lib[\\/]layout\.ts$|first[\\/]cities\.ts$|op[\\/]advice\.ts$/;
    const loose = source.filter(([f]) => !allowed.test(f)).filter(([, text]) =>
      /[а-яё]{3,}/i.test(text.replace(/<!--[\s\S]*?-->|\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')));
    expect(loose.map(([f]) => f)).toEqual([]);
  });
});
