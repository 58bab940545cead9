// What a workplace costs to load: gzip of the shell and of every route, against the budgets of the house.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const size = (file) => gzipSync(readFileSync(dist + file), { level: 9 }).length / 1024;
const assets = existsSync(dist) ? readdirSync(`${dist}assets`).filter((f) => /\.(js|css)$/.test(f)).map((f) => `assets/${f}`) : [];
/** A file and all it imports at once, not what it imports when asked. */
function closure(file, seen = new Set()) {
  if (seen.has(file) || !file.endsWith('.js')) return seen.add(file);
  seen.add(file);
  const text = readFileSync(dist + file, 'utf8');
  for (const [, name] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) closure(`assets/${name}`, seen);
  return seen;
}
const html = () => readFileSync(`${dist}index.html`, 'utf8');
const shell = () => {
  const files = new Set();
  for (const [, name] of html().matchAll(/(?:src|href)="\/(assets\/[\w.-]+\.(?:js|css))"/g)) closure(name, files);
  return files;
};
const route = (name) => {
  const common = shell();
  const files = new Set();
  for (const file of assets.filter((f) => f.startsWith(`assets/${name}`))) closure(file, files);
  return [...files].filter((f) => !common.has(f));
};
const sum = (files) => [...files].reduce((all, f) => all + size(f), 0);

const budgets = [
  ['the shell of every console, without its dictionary', 45, () => shell()],
  ['the operator', 25, () => route('OperatorPage')],
  ['the board', 40, () => route('BoardPage')],
  ['the supervisor', 25, () => route('CallsPage')],
  ['the wall', 10, () => route('WallPage')],
  ['the phone, first load with its dictionary', 70, () => [...shell(), ...route('MasterPage'), ...assets.filter((f) => f.startsWith('assets/ru-'))]],
];
for (const [name, most, files] of budgets) {
  test(`${name} loads within ${most} kB`, (t) => {
    const list = [...files()];
    assert.ok(list.length, 'it was built');
    const kb = sum(list);
    t.diagnostic(`▪ bundle, ${name}: ${kb.toFixed(1)} kB of ${most}, gzip`);
    assert.ok(kb <= most, `${kb.toFixed(1)} kB: ${list.map((f) => `${f} ${size(f).toFixed(1)}`).join(', ')}`);
  });
}
test('each dictionary, loaded when it is spoken, is within 14 kB', (t) => {
  for (const book of ['ru', 'en', 'calls/calls.ru', 'calls/calls.en']) {
    const kb = gzipSync(readFileSync(fileURLToPath(new URL(`../../src/locales/${book}.json`, import.meta.url))), { level: 9 }).length / 1024;
    t.diagnostic(`▪ bundle, dictionary ${book}: ${kb.toFixed(1)} kB of 14, gzip`);
    assert.ok(kb <= 14, `${book}: ${kb}`);
  }
});
