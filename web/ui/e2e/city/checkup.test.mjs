// The check of settings against a living server: what is found is told with what puts it right, to who may hear it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  p = await browser.page(city, 'admin', { path: '/admin?tab=checkup' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});

test('what the server finds is on the page in words, each with its cure', async () => {
  const told = await (await city.as('admin')).get('/api/checkup');
  assert.ok(told.checked.masters > 0 && told.checked.units > 0 && told.checked.queues > 0, JSON.stringify(told.checked));
  await p.waitForSelector('.checkup .calm, .checkup li');
  const items = await p.locator('.checkup li').allTextContents();
  assert.equal(items.length, told.findings.length);
  for (const text of items) assert.ok(!/check\.|\{|undefined|null/.test(text), text);
  const order = told.findings.map((f) => f.weight);
  assert.deepEqual(order, [...order].sort(), 'errors come first');
});

test('the tabs are walked with arrows, and the address keeps the tab', async () => {
  await p.locator('#tab-checkup').focus();
  await p.keyboard.press('ArrowLeft');
  await p.waitForSelector('#tab-lines[aria-selected=true]');
  await p.waitForSelector('.lines h1');
  assert.equal(await p.evaluate(() => location.search), '?tab=lines');
  await p.keyboard.press('ArrowRight');
  await p.waitForSelector('.checkup');
  assert.equal(await p.evaluate(() => location.search), '?tab=checkup');
});

test('who is no administrator is not told', async () => {
  const answer = await (await city.as('dispatcher1')).get('/api/checkup');
  assert.equal(answer.status, 403);
  assert.deepEqual(browser.errors, []);
});
