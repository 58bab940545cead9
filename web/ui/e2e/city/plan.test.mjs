// The month plan against a living server: a schedule is written, the month planned, a visit carried by keys, and all of it confirmed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS;
let city, browser, p, dispatcher, client;
/** The month after the one that the demo plans in: nobody has touched it yet. */
const next = new Date(Date.now() + 5 * 3_600_000);
next.setUTCDate(15);
next.setUTCMonth(next.getUTCMonth() + 2);
const month = next.toISOString().slice(0, 7);
const sheet = () => dispatcher.cmd('month.show', { month });
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  // A firm of the town whose agreement lasts long enough.
  const lasts = (a) => a.state === 'active' && a.until > Date.now() + 130 * 86_400_000;
  for (const trade of ['Кафе', 'Аптека', 'Салон', 'Магазин', 'Пекарня', 'Ресторан', 'Клиника', 'Склад']) {
    const { found } = await dispatcher.get(`/api/clients?q=${encodeURIComponent(trade)}`);
    for (const hit of found) {
      const card = await dispatcher.get(`/api/clients/${hit.id}`);
      if (!client && card.agreements.some(lasts) && !card.agreements.some((a) => a.no === 'A-12')) client = card;
    }
    if (client) break;
  }
  assert.ok(client, 'somebody has an agreement that lasts');
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
async function clean(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 160)} ${v.nodes[0].failureSummary}`), []);
}
const shot = (page, name) => (shots ? page.screenshot({ path: `${shots}/${name}.png` }) : null);

test('a schedule is written beside the agreement, and refused in words', async () => {
  p = await browser.page(city, 'dispatcher1', { path: `/client/${client.id}?tab=agreements` });
  await p.getByRole('button', { name: 'Новый график' }).first().click();
  await p.getByLabel('Название').fill('Еженедельный осмотр');
  await p.getByRole('spinbutton', { name: 'Каждые' }).fill('1');
  await p.getByRole('combobox', { name: 'мес.' }).selectOption('weeks');
  await p.getByLabel('Начиная с').fill(`${month}-01`);
  await p.getByLabel('Раньше, дней').fill('5');
  await p.getByLabel('Позже, дней').fill('5');
  await p.getByRole('button', { name: 'Сохранить' }).click();
  await p.getByRole('alert').filter({ hasText: 'tolerance' }).waitFor();
  await p.getByLabel('Раньше, дней').fill('1');
  await p.getByLabel('Позже, дней').fill('1');
  await p.getByRole('button', { name: 'Сохранить' }).click();
  await p.getByText('каждую неделю').first().waitFor();
  await shot(p, 'schedule-wide-light');
  await clean(p);
  const { schedules } = await dispatcher.cmd('schedule.list', { client: client.id });
  assert.ok(schedules.some((s) => s.card.title === 'Еженедельный осмотр' && s.state === 'active'));
});

test('the way there is in the bar, and one button gives every visit a day', async () => {
  await p.getByRole('link', { name: 'План месяца' }).first().click();
  await p.goto(`${city.url}/plan?month=${month}`);
  await p.getByRole('region', { name: 'Мастера по дням' }).waitFor();
  const before = await sheet();
  assert.ok(before.occurrences.filter((o) => o.own && o.state === 'planned').length >= 4, 'the month is due');
  await p.getByRole('button', { name: 'Распланировать' }).click();
  await p.getByText(/Разложен/).first().waitFor();
  const now = await sheet();
  assert.ok(now.ready >= 4 && now.occurrences.filter((o) => o.own && o.state === 'proposed').length === now.ready);
  await clean(p);
});

test('a visit is carried to another day by keys, is pinned there and stays when the month is planned again', async () => {
  const mine = (await sheet()).occurrences.filter((o) => o.own && o.title === 'Еженедельный осмотр' && o.day);
  const one = mine[1];
  const chip = p.locator(`[data-occurrence="${one.id}"]`);
  await chip.focus();
  await p.keyboard.press('KeyM');
  await p.keyboard.press('ArrowRight');
  await p.locator('td.aim').waitFor();
  await p.keyboard.press('Escape');
  assert.equal((await sheet()).occurrences.find((o) => o.id === one.id).day, one.day, 'nothing has moved');
  await p.keyboard.press('KeyM');
  await p.keyboard.press('ArrowRight');
  await p.keyboard.press('Enter');
  await p.locator(`[data-occurrence="${one.id}"].pinned`).waitFor();
  const moved = (await sheet()).occurrences.find((o) => o.id === one.id);
  assert.ok(moved.pinned && moved.day > one.day, JSON.stringify(moved));
  await p.getByRole('button', { name: 'Распланировать' }).click();
  await p.getByText(/Разложен/).last().waitFor();
  await p.getByRole('button', { name: 'Распланировать' }).and(p.locator(':enabled')).waitFor();
  assert.deepEqual([(await sheet()).occurrences.find((o) => o.id === one.id)].map((o) => [o.day, o.masters]), [[moved.day, moved.masters]]);
});

test('what a colleague moves is on the sheet without being asked for', async () => {
  const one = (await sheet()).occurrences.filter((o) => o.own && o.title === 'Еженедельный осмотр' && o.day && !o.pinned)[0];
  await p.evaluate(() => (window.__same = true));
  await dispatcher.cmd('month.move', { occurrence: one.id, day: one.day, masters: one.masters });
  await p.locator(`[data-occurrence="${one.id}"].pinned`).first().waitFor();
  await dispatcher.cmd('month.release', { occurrence: one.id });
  await p.locator(`[data-occurrence="${one.id}"]:not(.pinned)`).first().waitFor();
  assert.ok(await p.evaluate(() => window.__same), 'the page was not loaded again');
});

test('a visit is skipped with a reason', async () => {
  const one = (await sheet()).occurrences.filter((o) => o.own && o.title === 'Еженедельный осмотр' && o.day && !o.pinned).at(-1);
  await p.locator(`[data-occurrence="${one.id}"]`).click();
  await p.getByRole('heading', { name: client.name }).waitFor();
  await shot(p, 'plan-wide-light');
  await p.getByText('Пропустить этот выезд').click();
  await p.getByLabel('Почему').fill('Магазин закрыт на ремонт');
  await p.getByRole('button', { name: 'Пропустить', exact: true }).click();
  await p.getByText('пропущен').first().waitFor();
  const skipped = (await sheet()).occurrences.find((o) => o.id === one.id);
  assert.deepEqual([skipped.state, skipped.reason], ['skipped', 'Магазин закрыт на ремонт']);
});

test('confirming says how many and makes orders and visits of all of it, once', async () => {
  const { ready } = await sheet();
  await p.getByRole('button', { name: /^Подтвердить/ }).click();
  const dialog = p.getByRole('dialog');
  await dialog.getByText(new RegExp(`${ready} заказ`)).waitFor();
  await dialog.getByText(new RegExp(`${ready} выезд`)).waitFor();
  await shot(p, 'plan-confirm-wide-light');
  await dialog.getByRole('button', { name: 'Открыть заказы' }).click();
  await p.getByText(/Подтверждено: /).first().waitFor();
  const now = await sheet();
  const booked = now.occurrences.filter((o) => o.own && o.state === 'booked');
  assert.deepEqual([booked.length, now.ready], [ready, 0]);
  assert.equal(new Set(booked.map((o) => o.visit)).size, ready, 'each has a visit of its own');
  assert.equal((await dispatcher.cmd('month.confirm', { month })).orders, 0);
  await p.getByRole('button', { name: /^Подтвердить/ }).and(p.locator(':disabled')).waitFor();
});

test('a visit of the plan stands in the book: it is found on the board and called off there', async () => {
  const one = (await sheet()).occurrences.find((o) => o.own && o.state === 'booked' && o.title === 'Еженедельный осмотр');
  await p.locator(`[data-occurrence="${one.id}"]`).first().click();
  await p.getByRole('link', { name: `Выезд № ${one.no}` }).click();
  await p.waitForURL(/\/board/);
  await dispatcher.cmd('visit.cancel', { visit: one.visit, reason: 'переезд' });
  const back = (await sheet()).occurrences.find((o) => o.id === one.id);
  assert.deepEqual([back.state, back.day, back.reason], ['planned', null, 'переезд']);
});

test('the month of the demo is alive, on a phone and in the dark too, for a manager', async () => {
  for (const [name, size] of [['wide', {}], ['narrow', { width: 390, height: 844 }]]) {
    for (const dark of [false, true]) {
      const page = await browser.page(city, 'manager', { ...size, dark, lang: dark ? 'en' : 'ru', path: '/plan' });
      await page.locator('td .booked').first().waitFor();
      await page.locator('td .proposed').first().waitFor();
      await page.getByText(dark ? 'Nobody can go' : 'Некому ехать').waitFor();
      await shot(page, `plan-${name}-${dark ? 'dark' : 'light'}`);
      await clean(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} px too wide`);
      await page.context().close();
    }
  }
  assert.deepEqual(browser.errors, []);
});
