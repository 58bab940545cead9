// The client's page by its signed link: handed over with a button, read without scripts, a quote agreed to, the act signed on
// the master's phone and shown to the client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, startCity } from './server.mjs';

let city, browser, dispatcher, job, login, phone, client, link;
const size = { width: 390, height: 844 };
before(async () => {
  city = await startCity({ env: { CALLOUT__DISPATCH__AHEAD_MINUTES: '900' } });
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  for (const name of ['Орлова', 'Смирнов', 'Иванова', 'Волков', 'Фёдорова', 'Морозова', 'Новикова', 'Козлов', 'Зайцева', 'Белова', 'Панов', 'Петрова', 'Соколов']) {
    const { found } = await dispatcher.get(`/api/clients?q=${encodeURIComponent(name)}`);
    if (!found.length) continue;
    const made = await bookVisit(dispatcher, await dispatcher.get(`/api/clients/${found[0].id}`), { kind: /Стираль|Посудо|Холод|Котёл|Кондиц/, paid: true });
    if (made?.slot) { job = made; break; }
  }
  for (let n = 1; n <= 12 && !login; n++) if ((await city.as(`master${n}`)).user.master === job.slot.master) login = `master${n}`;
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
/** A client's browser that runs no script. */
async function withoutScripts(url) {
  const context = await browser.plain({ ...size, javaScriptEnabled: false });
  const p = await context.newPage();
  await p.goto(url);
  return p;
}
const tag = (text) => text.replace(/\s+/g, ' ').trim();

test('the dispatcher copies the link of the client’s page with one button', async () => {
  const p = await browser.page(city, 'dispatcher1', { path: `/board?visit=${job.visit}` });
  await p.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: city.url });
  await p.getByRole('button', { name: 'Ссылка клиенту' }).click();
  await p.waitForSelector('text=Ссылка скопирована');
  link = await p.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/t\/[\w-]{40,}$/);
});

test('it opens without a script, in both languages, and shows the visit and nobody’s else', async () => {
  client = await withoutScripts(link);
  assert.ok(tag(await client.locator('main, body').first().textContent()).includes('Время за вами'));
  await client.goto(`${link}?lang=en`);
  assert.equal(await client.locator('html').getAttribute('lang'), 'en');
  await client.goto(`${link.slice(0, -3)}AAA`);
  assert.ok(tag(await client.locator('body').textContent()).includes('Такой ссылки нет'));
});

test('the master sends a price, the client agrees on the page, and the phone says so', async () => {
  phone = await browser.page(city, login, { ...size, path: '/m' });
  phone.on('dialog', (dialog) => void dialog.accept());
  await phone.click('.shift .signal');
  await phone.waitForSelector('.now .body');
  await phone.goto(`${city.url}/m/job/${job.visit}`);
  for (const name of ['Принять', 'Выехал', 'На месте', 'Начать работу']) {
    await phone.waitForFunction((text) => document.querySelector('.steps .big')?.textContent.trim() === text, name);
    await phone.locator('.steps .big').first().click();
  }
  await phone.waitForSelector('form.card');
  await phone.fill('form .work .num', '4500');
  await phone.getByRole('button', { name: /Согласовать/ }).click();
  await phone.waitForSelector('.said.waits');
  await client.goto(link);
  await client.getByRole('button', { name: 'Согласен, ремонтируйте' }).click();
  assert.ok(!(await client.getByRole('button', { name: 'Согласен, ремонтируйте' }).count()), 'it is asked once');
  await phone.waitForSelector('.said.yes');
});

test('the client signs on the phone, and the act with the signature is on the page', async () => {
  const pad = phone.locator('canvas').first();
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  await phone.mouse.move(box.x + 30, box.y + 40);
  await phone.mouse.down();
  for (let n = 1; n <= 12; n++) await phone.mouse.move(box.x + 30 + n * 16, box.y + 40 + 25 * Math.sin(n));
  await phone.mouse.up();
  await phone.getByRole('button', { name: 'Подписано' }).click();
  await phone.waitForSelector('canvas', { state: 'detached' });
  await phone.fill('form .work .num', '4500');
  await phone.click('form .big');
  await phone.waitForSelector('.ways');
  await phone.waitForFunction(() => /отправлено/.test(document.querySelector('.sync')?.textContent ?? ''));
  await client.goto(`${link}/act`);
  const drawn = client.locator('img[src*="/signature"]');
  await drawn.waitFor();
  const picture = await fetch(`${link}/signature`);
  assert.equal(picture.status, 200);
  assert.match(picture.headers.get('content-type'), /^image\/png/);
  await client.goto(link);
  await client.getByRole('button', { name: 'Оценка 5 из 5' }).click();
  await client.waitForSelector('text=Спасибо');
  assert.deepEqual(browser.errors, []);
});
