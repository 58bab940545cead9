// Reports of calls: what the supervisor's page shows is what the wall counts, and the file is what the page shows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  const lost = await city.giveUp('+79991230001');
  await lost.gone;
  p = await browser.page(city, 'manager', { path: '/calls/reports' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const rows = () => p.locator('.reports tbody tr');

test('the day of the report is the day of the wall', async () => {
  await p.getByRole('button', { name: 'Сегодня' }).click();
  await rows().first().waitFor();
  const { now } = await (await city.as('manager')).get('/api/health');
  const report = await (await city.as('manager')).get(`/api/reports/calls?from=${now - 3_600_000}&until=${now + 1000}&by=queue`);
  assert.deepEqual([report.total.offered, report.total.answered, report.total.abandoned], [1, 0, 1]);
  const wall = await browser.page(city, 'manager', { path: '/calls' });
  await wall.locator('.tile', { hasText: 'Не дождались' }).or(wall.locator('.tile', { hasText: 'Потеряно' })).first().waitFor();
  await wall.close();
  assert.equal(await p.locator('.reports tfoot td').first().textContent(), '1');
});

test('it is put together by operators, hours and lines, and sorted by any column', async () => {
  for (const by of ['hour', 'queue', 'operator', 'trunk', 'disposition', 'day']) {
    await Promise.all([p.waitForResponse((r) => r.url().includes(`by=${by}`)), p.locator('.reports select').selectOption(by)]);
    await rows().first().waitFor();
  }
  const head = p.locator('.reports thead th', { hasText: 'Поступило' });
  await head.getByRole('button').click();
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
});

test('the file opens in a Russian spreadsheet', async () => {
  const { cookie } = await city.as('manager');
  const href = await p.getByRole('link', { name: 'Скачать CSV' }).getAttribute('href');
  const answer = await fetch(city.url + href, { headers: { cookie } });
  assert.match(answer.headers.get('content-type'), /text\/csv/);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
  const lines = bytes.toString('utf8').trim().split('\r\n');
  assert.match(lines[0], /День;Поступило;Отвечено;/);
  assert.match(lines.at(-1), /^Всего;1;0;/);
});

test('an operator reads no reports, and a period that is none is refused', async () => {
  const asked = async (login, query) => (await fetch(`${city.url}/api/reports/calls?${query}`, { headers: { cookie: (await city.as(login)).cookie } })).status;
  assert.equal(await asked('operator1', 'from=0&until=1&by=day'), 403);
  assert.equal(await asked('manager', 'from=2&until=1&by=day'), 422);
  assert.equal(await asked('manager', 'from=0&until=1&by=moon'), 422);
  assert.deepEqual(browser.errors, []);
});
