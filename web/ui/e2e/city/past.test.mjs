// The time machine against a living server: the board before a visit was asked for, step by step to now, and nothing moves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';

let city, browser, dispatcher, visit, p;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  visit = await bookVisit(dispatcher, await clientNamed(dispatcher, 'Столовая'), { kind: /ККТ/ });
  await dispatcher.cmd('visit.pin', { visit: visit.visit, pinned: true });
  p = await browser.page(city, 'dispatcher1', { path: '/board' });
  await p.waitForSelector(bar());
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const bar = (more = '') => `.tl .v[data-visit="${visit.visit}"]${more}`;
const moment = () => p.locator('section.past input[type=range]').evaluate((it) => Number(it.value));

test('H opens the past of today, where the visit was not there yet', async () => {
  await p.keyboard.press('KeyH');
  await p.waitForSelector('section.past input[type=range]');
  await p.waitForSelector(bar(), { state: 'detached' });
  assert.match(await p.evaluate(() => location.search), /past=\d{4}-\d\d-\d\dT/);
});

test('the slider’s end shows the visit as the last change left it', async () => {
  const slider = p.locator('section.past input[type=range]');
  await slider.focus();
  await p.keyboard.press('End');
  await p.waitForSelector(bar());
  // The city has a clock of its own: the tape knows how late it is.
  const now = await slider.evaluate((it) => Number(it.max));
  const answer = await dispatcher.get(`/api/board/past?from=${now - 3_600_000}&until=${now}`);
  const rows = new Map(answer.rows);
  for (const [, key, fields] of answer.changes) rows.set(key, { ...rows.get(key), ...fields });
  const row = rows.get(visit.visit);
  assert.equal(row.pinned, true);
  assert.equal(row.state, 'confirmed');
  assert.ok((await p.locator(bar()).getAttribute('class')).includes('s-confirmed'));
});

test('steps go back change by change, to before it was pinned and before it was there', async () => {
  const back = p.locator('section.past .seg button').first();
  const seen = [];
  for (let n = 0; n < 60 && (await p.locator(bar()).count()); n++) {
    seen.push(await moment());
    await back.click();
    await p.waitForFunction((before) => Number(document.querySelector('section.past input[type=range]').value) <= before, seen.at(-1));
  }
  assert.equal(await p.locator(bar()).count(), 0, 'before its request there is no visit');
  assert.deepEqual([...seen].sort((a, b) => b - a), seen, 'every step goes back');
});

test('what is past cannot be moved, and the present comes back with a key', async () => {
  await p.locator('section.past input[type=range]').focus();
  await p.keyboard.press('End');
  await p.locator(bar()).click();
  await p.keyboard.press('KeyM');
  assert.equal(await p.locator('.card[role=status]').count(), 0, 'nothing is in hand');
  assert.equal(await p.getByRole('button', { name: /Переставить/ }).count(), 0);
  await p.keyboard.press('KeyH');
  await p.waitForSelector('section.past', { state: 'detached' });
  await p.waitForSelector(bar());
  assert.ok(await p.getByRole('button', { name: /Переставить/ }).count());
  assert.ok(!/past=/.test(await p.evaluate(() => location.search)));
});

test('yesterday is opened as the past by itself, and by its link', async () => {
  await p.locator('.bar .seg button').first().click();
  await p.waitForSelector('section.past input[type=range]');
  await p.waitForFunction(() => /day=-1.*past=/.test(location.search));
  const link = await p.evaluate(() => location.href);
  const other = await browser.page(city, 'dispatcher1', { path: link.slice(city.url.length) });
  await other.waitForSelector('section.past input[type=range]');
  assert.equal(await other.locator('section.past .when').textContent(), await p.locator('section.past .when').textContent());
  assert.deepEqual(browser.errors, []);
});
