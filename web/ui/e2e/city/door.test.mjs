// The door: every role comes in and lands on its own screen; strangers and wrong rooms are turned away.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});

for (const [login, path, sign] of [['operator1', '/op', '.lists'], ['dispatcher1', '/board', '.tl-row'], ['master1', '/m', '.phone'], ['manager', '/wall', '.wall .tile'], ['admin', '/board', '.tl-row']]) {
  test(`${login} signs in by the form and lands on ${path}`, async () => {
    const p = await browser.page(city, null, { path: '/login' });
    await p.fill('input[autocomplete=username]', login);
    await p.fill('input[type=password]', 'demo');
    await p.keyboard.press('Enter');
    await p.waitForURL(`**${path}`);
    await p.waitForSelector(sign);
    await p.context().close();
  });
}

test('a demo card signs in with one click', async () => {
  const p = await browser.page(city, null, { path: '/' });
  await p.click('.card:has-text("Диспетчер")');
  await p.waitForURL('**/board');
  await p.waitForFunction(() => document.querySelectorAll('.tl-row').length === 12);
  await p.context().close();
});

test('a wrong password is told and nobody comes in', async () => {
  const p = await browser.page(city, null, { path: '/login' });
  await p.fill('input[autocomplete=username]', 'manager');
  await p.fill('input[type=password]', 'no');
  await p.keyboard.press('Enter');
  await p.waitForSelector('form [role=alert]:not(:empty)');
  assert.match(p.url(), /\/login$/);
  await p.context().close();
});

test('an administrator sees who is here and how the house is, nobody else does', async () => {
  const p = await browser.page(city, 'admin', { path: '/admin' });
  await p.waitForSelector('tr:has(th:text-is("dispatcher1"))');
  await p.waitForSelector('tr:has(th:text-is("admin")) .chip.good');
  assert.ok((await p.locator('.figures dd').count()) >= 6);
  await p.fill('.admin input', 'master1');
  await p.waitForFunction(() => document.querySelectorAll('.scroll tbody tr').length === 4);
  await p.context().close();
  const other = await browser.page(city, 'dispatcher1', { path: '/admin' });
  await other.waitForURL('**/board**');
  await other.context().close();
});

test('a role that opens another workplace comes back to its own', async () => {
  const p = await browser.page(city, 'operator1', { path: '/board' });
  await p.waitForURL('**/op');
  await p.context().close();
});

test('a topic the server refuses is told on the screen and can be asked for again', async () => {
  const p = await browser.page(city, 'manager', { path: '/login' });
  let refuse = true;
  await p.routeWebSocket('**/ws', (line) => {
    const server = line.connectToServer();
    server.onMessage((text) => {
      const frame = JSON.parse(text);
      const mine = refuse && frame.t === 'snap' && frame.topic === 'kpi';
      line.send(mine ? JSON.stringify({ t: 'err', topic: 'kpi', problem: { type: '/problems/forbidden', title: 'Forbidden', status: 403, detail: 'the role `manager` may not watch `kpi`' } }) : text);
    });
  });
  await p.goto(`${city.url}/wall`);
  await p.waitForSelector('.refusals');
  assert.match(await p.locator('.refusals').textContent(), /may not watch `kpi`/);
  await p.waitForSelector('.badge.live');
  refuse = false;
  await p.click('.refusals .btn');
  await p.waitForSelector('.refusals', { state: 'detached' });
  await p.context().close();
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
