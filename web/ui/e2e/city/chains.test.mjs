// Visits that follow each other, on the board; and windows for several masters, which the operator is offered with all names.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';

let city, browser, dispatcher, p, first, second;
const shots = process.env.SHOTS;
const shot = async (page, name) => {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
};
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  first = await bookVisit(dispatcher, await clientNamed(dispatcher, 'Столовая'));
  p = await browser.page(city, 'dispatcher1', { path: `/board?visit=${first.visit}` });
  await p.waitForSelector(`.tl .v[data-visit="${first.visit}"]`);
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const two = (n) => String(n).padStart(2, '0');
const dated = (ms) => { const d = new Date(ms); return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`; };
const field = (words) => p.locator('.detail form .field', { hasText: words }).locator('input, select');

test('a further visit is added after the first, waits for its part and says so', async () => {
  await p.locator('.detail .actions .btn', { hasText: 'Ещё выезд' }).click();
  await field('Какая запчасть').fill('компрессор');
  const { now } = await dispatcher.get('/api/health');
  await field('Когда придёт').fill(dated(now + 30 * 86_400_000));
  await field('Не раньше, часов').fill('2');
  await field('Мастер').selectOption('required');
  await shot(p, 'chain-form');
  await p.locator('.detail form .primary').click();
  const line = p.locator('.detail .chain');
  await line.waitFor();
  const text = await line.textContent();
  for (const words of ['После выезда №', 'не раньше чем через 2', 'тот же мастер', 'компрессор']) assert.ok(text.includes(words), `${words}: ${text}`);
  second = new URL(p.url()).searchParams.get('visit');
  assert.ok(second && second !== first.visit, p.url());
  await shot(p, 'chain-second');
});

test('what it waits for is changed on its card, and the way back to the first visit is one press', async () => {
  await p.locator('.chain .link', { hasText: 'Изменить' }).click();
  assert.equal(await field('Какая запчасть').inputValue(), 'компрессор');
  await field('Какая запчасть').fill('плата');
  await p.locator('.detail form .primary').click();
  await p.waitForFunction(() => document.querySelector('.detail .chain')?.textContent.includes('плата'));
  await shot(p, 'chain-changed');
  await p.locator('.chain .link', { hasText: 'Открыть первый' }).click();
  await p.waitForFunction(() => !document.querySelector('.detail .chain'));
});

test('the first visit is called off: the second one asks for a word, in red', async () => {
  const again = await dispatcher.cmd('visit.follow', { visit: first.visit }).catch((error) => error.problem);
  assert.match(again.type, /followed-already$/);
  await dispatcher.cmd('visit.cancel', { visit: first.visit, reason: 'передумали' });
  await p.goto(`${city.url}/board?visit=${second}`);
  const line = p.locator('.detail .chain.hot');
  await line.waitFor();
  assert.match(await line.textContent(), /отменён/);
  await shot(p, 'chain-lost');
  const narrow = await browser.page(city, 'dispatcher1', { path: `/board?visit=${second}`, width: 390, height: 844, dark: true });
  await narrow.waitForSelector('.detail .chain');
  await shot(narrow, 'chain-narrow-dark');
  await narrow.context().close();
});

test('windows for two are offered to the operator with both names, and booked so', async () => {
  const op = await browser.page(city, 'operator1', { path: '/op' });
  await op.waitForSelector('.lists');
  await op.keyboard.press('Insert');
  const form = op.locator('form.panel');
  for (const [place, text] of ['+79120000177', 'Зимин Пётр', 'ул. Ленина, 10, кв. 5'].entries()) await form.locator('input').nth(place).fill(text);
  await form.locator('.btn.primary').click();
  await op.waitForFunction(() => document.activeElement?.id === 'symptom');
  await op.fill('#symptom', 'Перенести витрину');
  await op.locator('input[type=number][max="4"]').fill('2');
  await op.locator('.btn.primary.main').click();
  await op.waitForSelector('.slot');
  for (const who of await op.locator('.slot .who b').allTextContents()) assert.match(who, /^\S+ .+, \S+ .+/, who);
  await shot(op, 'op-slots-two');
  const [offered] = await op.locator('.slot .who b').allTextContents();
  await op.locator('.slot').first().click();
  await op.waitForSelector('.booked');
  assert.ok((await op.locator('.booked').textContent()).includes(offered), offered);
  await op.context().close();
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
