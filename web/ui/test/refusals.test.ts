// Whatever the server refuses is told in the reader's language: the codes are read from the Rust sources themselves.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { language } from '../src/lib/i18n.svelte';
import { readRefusals, refusalText } from '../src/lib/refusal';
import en from '../src/locales/refusals/refusals.en.json';
import ru from '../src/locales/refusals/refusals.ru.json';

const root = new URL('../../../', import.meta.url).pathname;
const files = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? (/^(tests|ui|benches|bench)$/.test(e.name) ? [] : files(join(dir, e.name))) : /\.rs$/.test(e.name) && !/^(tests|testing)\.rs$/.test(e.name) ? [join(dir, e.name)] : []);
/** The sources without the tests at their ends. */
const sources = ['src', 'actors', 'web'].flatMap((dir) => files(root + dir)).map((f) => readFileSync(f, 'utf8').split(/#\[cfg\(test\)\]\s*mod tests/)[0]!);
/** Codes that stand where the refusal is made. */
const told = sources.flatMap((text) => [...text.matchAll(/(?:Refusal|Problem|Self)::(state|invalid|unknown)\(\s*"([a-z-]+)"/g)].map(([, kind, code]) => (kind === 'unknown' ? `unknown-${code}` : code!)));
/** Codes that are chosen before: whatever looks like one in the files that do so. */
const chosen = ['requests/order_rules.rs', 'visits/checklist.rs', 'visits/work_template.rs', 'calls/campaign.rs'].flatMap((f) =>
  [...readFileSync(`${root}src/domain/${f}`, 'utf8').split(/#\[cfg\(test\)\]\s*mod tests/)[0]!.matchAll(/"([a-z]+(?:-[a-z]+)+)"/g)].map((m) => m[1]!));
const codes = [...new Set([...told, ...chosen])].sort();
const books: Record<string, Record<string, string>> = { ru, en };
const problem = (code: string, detail: string) => ({ type: `/problems/${code}`, title: code, status: 409, detail });

describe('refusals', () => {
  beforeAll(async () => {
    await language.load('ru');
    await readRefusals();
  });
  it('have words for every code', () => {
    expect(codes.length).toBeGreaterThan(200);
    expect(codes.filter((code) => !(`refusal.${code}` in ru) && !(`refusal.unknown-${code}` in ru))).toEqual([]);
  });
  it('are told in no language but the reader’s', () => {
    for (const [key, text] of Object.entries(ru)) expect([key, /[а-яё]{3}/i.test(text)]).toEqual([key, true]);
    for (const [key, text] of Object.entries(en)) expect([key, /[а-яё]/i.test(text)]).toEqual([key, false]);
    expect(Object.keys(en).sort()).toEqual(Object.keys(ru).sort());
    for (const book of Object.values(books)) for (const text of Object.values(book)) expect(text.trim()).not.toBe('');
  });
  it('name the values that the server names', () => {
    expect(refusalText(problem('absence-past', 'the absence ends on `2026-11-02`: expected today, `2026-11-30`, or later'))).toBe('Отсутствие кончается 02.11.2026, а сегодня уже 30.11.2026');
    expect(refusalText(problem('lines', 'the trunk `city` has no way: expected `host:port`'))).toBe('Линии не приняты: the trunk `city` has no way: expected `host:port`');
    expect(refusalText(problem('zone-small', 'without a value'))).toBe('Зона слишком мала: … км²');
  });
  it('fall back to the words of the server', () => {
    expect(refusalText(problem('never-heard-of', 'the value `1` is odd: expected an even one'))).toBe('the value `1` is odd: expected an even one');
  });
  it('tell a broken rule to who reads English without Russian words', async () => {
    const broken = problem('rule-shift', 'вне смены на 40 мин');
    expect(refusalText(broken)).toBe('вне смены на 40 мин');
    await language.load('en');
    language.current = 'en';
    expect(refusalText(broken)).toBe('Outside the shift');
    language.current = 'ru';
  });
});
