// Both dictionaries hold the same keys, the same holes, and every key that the code asks for.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import callsEn from '../src/locales/calls/calls.en.json';
import callsRu from '../src/locales/calls/calls.ru.json';
import enBase from '../src/locales/en.json';
import ruBase from '../src/locales/ru.json';

const files = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(dir, e.name)) : /\.(ts|svelte)$/.test(e.name) ? [join(dir, e.name)] : []));
const source = files('src').map((f) => [f, readFileSync(f, 'utf8')] as const);

const ru = { ...ruBase, ...callsRu };
const en = { ...enBase, ...callsEn };

describe('locales', () => {
  it('of single screens repeat no key of the common one', () => {
    expect(Object.keys(callsRu).filter((key) => key in ruBase)).toEqual([]);
    expect(Object.keys(callsEn).sort()).toEqual(Object.keys(callsRu).sort());
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
    const allowed = /symptoms\.ts$|board[\\/]map\.ts$|lib[\\/]layout\.ts$|op[\\/]advice\.ts$/;
    const loose = source.filter(([f]) => !allowed.test(f)).filter(([, text]) =>
      /[а-яё]{3,}/i.test(text.replace(/<!--[\s\S]*?-->|\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')));
    expect(loose.map(([f]) => f)).toEqual([]);
  });
});
