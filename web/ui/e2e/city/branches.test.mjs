// Branches against a living server: opened by the office, given to masters, seen on the board as groups, a filter and a link.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS;
let city, browser, p, admin;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  admin = await city.as('admin');
  p = await browser.page(city, 'admin', { path: '/admin?tab=branches' });
  await p.locator('.branches li').nth(1).waitFor();
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const row = (name) => p.locator('.branches li', { hasText: name });

test('the branches of the town are there, and a new one is opened on the map', async () => {
  await row('Центральный').getByText(/мастеров: [1-9]/).waitFor();
  await p.getByRole('button', { name: 'Новый филиал' }).click();
  await p.getByLabel('Название').fill('Северный');
  await p.getByLabel('Телефон').fill('8 342 240-01-03');
  await p.getByLabel('Адрес филиала').fill('ул. Парковая, 7');
  await p.getByLabel('Широта, долгота').fill('58.0478, 56.2636');
  await p.getByLabel('Широта, долгота').press('Tab');
  if (shots) await p.screenshot({ path: `${shots}/branch-form.png` });
  await p.getByRole('button', { name: 'Сохранить' }).click();
  await row('Северный').getByText('ул. Парковая, 7').waitFor();
  const { branches } = await admin.get('/api/branches');
  const north = branches.find((b) => b.name === 'Северный');
  assert.deepEqual([north.place, north.phone, north.closed], [{ lat: 58.0478, lon: 56.2636 }, '+73422400103', false]);
});

test('a name that an open branch has is refused in words, and nothing typed is lost', async () => {
  await p.getByRole('button', { name: 'Новый филиал' }).click();
  await p.getByLabel('Название').fill('северный');
  await p.getByRole('button', { name: 'Сохранить' }).click();
  await p.getByText('Филиал с таким названием уже есть').first().waitFor();
  assert.equal(await p.getByLabel('Название').inputValue(), 'северный');
  await p.getByRole('button', { name: 'Не сохранять' }).click();
});

test('a master is moved to it and starts the day there', async () => {
  const { masters } = await admin.get('/api/roster');
  const page = await browser.page(city, 'admin', { path: '/admin?tab=people' });
  await page.getByLabel('Имя, логин или телефон').fill(masters[0].name);
  await page.locator('.people .one').first().click();
  await page.getByRole('combobox', { name: 'Филиал' }).selectOption({ label: 'Северный' });
  await page.getByRole('button', { name: 'Начинает день в филиале' }).click();
  await page.locator('form', { has: page.getByRole('heading', { name: 'Работа' }) }).getByRole('button', { name: 'Сохранить' }).click();
  const { branches } = await admin.get('/api/branches');
  const north = branches.find((b) => b.name === 'Северный');
  for (let n = 0; n < 50; n++) {
    const now = (await admin.get('/api/roster')).masters.find((m) => m.id === masters[0].id);
    if (now.branch === north.id && now.home.lat === 58.0478) break;
    assert.ok(n < 49, JSON.stringify(now));
    await page.waitForTimeout(100);
  }
  await page.context().close();
});

test('the board stands by branches, shows one alone, and its link says so', async () => {
  const board = await browser.page(city, 'dispatcher1', { path: '/board' });
  await board.locator('.tl-side').first().waitFor();
  await board.keyboard.press('KeyV');
  await board.getByLabel('Группировать').selectOption('branch');
  await board.locator('.tl-group', { hasText: 'Заречный' }).waitFor();
  await board.locator('.tl-group', { hasText: 'Северный' }).waitFor();
  if (shots) await board.screenshot({ path: `${shots}/branch-board.png` });
  await board.getByRole('combobox', { name: 'Филиал' }).selectOption({ label: 'Северный' });
  await board.waitForFunction(() => document.querySelectorAll('.tl-side:not(.tl-group)').length === 1);
  assert.match(board.url(), /branch=branch_\w+&group=branch/);
  await board.reload();
  await board.locator('.tl-group', { hasText: 'Северный' }).waitFor();
  await board.waitForFunction(() => document.querySelectorAll('.tl-side:not(.tl-group)').length === 1);
  await board.context().close();
});

test('a branch closes once nobody belongs to it, and the page is clean in both themes', async () => {
  await p.reload();
  await row('Заречный').getByRole('button', { name: 'Закрыть' }).waitFor();
  assert.ok(await row('Заречный').getByRole('button', { name: 'Закрыть' }).isDisabled());
  const { branches } = await admin.get('/api/branches');
  const [north, other] = [branches.find((b) => b.name === 'Северный'), branches.find((b) => b.name === 'Центральный')];
  await assert.rejects(admin.cmd('branch.close', { branch: north.id }), (e) => e.problem.type === '/problems/branch-used');
  const master = (await admin.get('/api/roster')).masters.find((m) => m.branch === north.id);
  await admin.cmd('master.change', { master: master.id, card: { branch: other.id } });
  await p.reload();
  await row('Северный').getByRole('button', { name: 'Закрыть' }).click();
  await row('Северный').getByText('закрыт', { exact: true }).waitFor();
  await row('Северный').getByRole('button', { name: 'Открыть снова' }).click();
  await row('Северный').getByRole('button', { name: 'Закрыть' }).waitFor();
  for (const scheme of ['light', 'dark']) {
    await p.emulateMedia({ colorScheme: scheme });
    await p.waitForTimeout(300);
    await p.evaluate(axe);
    const { violations } = await p.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 160)}`), []);
    if (shots) await p.screenshot({ path: `${shots}/branches-${scheme}.png` });
  }
  assert.deepEqual(browser.errors, []);
});
