// The guide keeps its word: every role in both languages, every button by its real name, every key out of the tables, every picture there.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keysOf, lines, pieces, roles, type Guide } from '../src/guide/guide';
import callsEn from '../src/locales/calls/calls.en.json';
import cardsEn from '../src/locales/cards/cards.en.json';
import cardsRu from '../src/locales/cards/cards.ru.json';
import callsRu from '../src/locales/calls/calls.ru.json';
import enCore from '../src/locales/en.json';
import enOffice from '../src/locales/office/office-en.json';
import peopleEn from '../src/locales/people/people.en.json';
import peopleRu from '../src/locales/people/people.ru.json';
import planEn from '../src/locales/plan/plan.en.json';
import planRu from '../src/locales/plan/plan.ru.json';
import ruOffice from '../src/locales/office/office-ru.json';
import ruCore from '../src/locales/ru.json';

const books: Record<'ru' | 'en', Record<string, string>> = { ru: { ...ruCore, ...ruOffice, ...callsRu, ...peopleRu, ...cardsRu, ...planRu }, en: { ...enCore, ...enOffice, ...callsEn, ...peopleEn, ...cardsEn, ...planEn } };
const read = (role: string, lang: string): Guide => JSON.parse(readFileSync(`src/locales/guide/${role}/${role}.${lang}.json`, 'utf8')) as Guide;
const all = roles.flatMap((role) => (['ru', 'en'] as const).map((lang) => ({ role, lang, guide: read(role, lang) })));
const shown = [...new Set(all.flatMap(({ guide }) => Object.values(guide.sections).flatMap((s) => s.picture ?? [])))];
const files = shown.flatMap((name) => ['light', 'dark'].map((theme) => `../../docs/pictures/${name}-${theme}.png`));
/** The most that the pictures may add to the binary, in bytes. */
const MOST = 1_500_000;

describe('a line of the guide', () => {
  it('is taken apart into text, words, keys and commands', () => {
    expect(pieces('Press {op.answer} or [Ctrl Space], then `kill -HUP`.')).toEqual([
      { is: 'text', text: 'Press ' }, { is: 'word', text: 'op.answer' }, { is: 'text', text: ' or ' }, { is: 'keys', keys: ['Ctrl', 'Space'] },
      { is: 'text', text: ', then ' }, { is: 'code', text: 'kill -HUP' }, { is: 'text', text: '.' },
    ]);
  });
  it('may hold brackets in a command', () => expect(pieces('`[[queue]]`')).toEqual([{ is: 'code', text: '[[queue]]' }]));
});

describe('the guide', () => {
  it.each(roles)('of a %s has the same sections, steps and pictures in both languages', (role) => {
    const shape = (guide: Guide) => Object.entries(guide.sections).map(([id, s]) => [id, s.steps.length, s.picture, !!s.alt, !!s.note]);
    expect(shape(read(role, 'en'))).toEqual(shape(read(role, 'ru')));
    expect(Object.keys(read(role, 'ru').sections).length).toBeGreaterThanOrEqual(10);
  });
  it('has sections that can be linked to, each with steps, and words beside every picture', () => {
    for (const { guide } of all) for (const [id, section] of Object.entries(guide.sections)) {
      expect(id).toMatch(/^[a-z]+$/);
      expect(['guide', 'keys']).not.toContain(id);
      expect([id, section.steps.length > 0, !!section.picture === !!section.alt]).toEqual([id, true, true]);
    }
  });
  it('names buttons as the screens do', () => {
    const lost = all.flatMap(({ role, lang, guide }) => lines(guide).flatMap(pieces).flatMap((p) => {
      const text = p.is === 'word' ? books[lang][p.text] : 'found';
      return !text || /[{¦]/.test(text) ? [`${role} ${lang}: ${(p as { text: string }).text}`] : [];
    }));
    expect(lost).toEqual([]);
  });
  it('names the same buttons, keys and commands in both languages', () => {
    const named = (guide: Guide) => Object.values(guide.sections).map((s) => s.steps.map((step) => pieces(step).filter((p) => p.is !== 'text').map((p) => JSON.stringify(p)).sort()));
    for (const role of roles) expect(named(read(role, 'en'))).toEqual(named(read(role, 'ru')));
  });
  it('names keys that the screens of the role know', () => {
    const unknown = all.flatMap(({ role, guide }) => {
      const known = new Set(keysOf[role].flatMap((part) => part.keys.map(([key]) => key)));
      return lines(guide).flatMap(pieces).flatMap((p) => (p.is === 'keys' && !known.has(p.keys.join(' ')) ? [`${role}: ${p.keys.join(' ')}`] : []));
    });
    expect(unknown).toEqual([]);
  });
  it('is Russian in Russian and English in English', () => {
    for (const { lang, guide } of all) for (const line of lines(guide)) {
      const text = pieces(line).map((p) => (p.is === 'text' ? p.text : '')).join('');
      if (lang === 'en') expect(text).not.toMatch(/[а-яё]/i);
      else if (/[a-z]{3,}/i.test(text)) expect(text).toMatch(/[а-яё]{3,}/i);
    }
  });
  it('shows pictures that were taken, in both themes, built in and within their budget', () => {
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThanOrEqual(MOST);
    const built = [...readFileSync('src/guide/pictures.ts', 'utf8').matchAll(/pictures\/([a-z]+-(?:wide|narrow))-\{light,dark\}/g)].map((m) => m[1]!);
    expect(built.sort()).toEqual([...shown].sort());
  });
});
