// The master's phone: a job from acceptance to money, then the same without a network, and the queue that goes out in order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, startCity } from './server.mjs';

let city, browser, dispatcher, login, master, p;
const size = { width: 390, height: 844 };
before(async () => {
  city = await startCity({ env: { CALLOUT__DISPATCH__AHEAD_MINUTES: '900' } });
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  // Whoever the planner offers first for a private client's machine has the job, and the phone in this test.
  const first = await book();
  for (let n = 1; n <= 12 && !login; n++) if ((await city.as(`master${n}`)).user.master === first.slot.master) login = `master${n}`;
  master = first.slot.master;
  p = await browser.page(city, login, { ...size, path: '/m' });
  // A checklist that is not whole is asked about; this test goes on.
  p.on('dialog', (dialog) => void dialog.accept());
  await p.waitForSelector('.shift .signal');
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const names = ['Орлова', 'Смирнов', 'Иванова', 'Волков', 'Фёдорова', 'Морозова', 'Новикова', 'Лебедева', 'Козлов', 'Зайцева', 'Белова', 'Панов', 'Крылова', 'Баранова', 'Савельева', 'Петрова', 'Кузнецов', 'Соколов', 'Попова'];
/** A private client pays for the work; the visit goes to the master of this test once there is one. */
async function book() {
  while (names.length) {
    const { found } = await dispatcher.get(`/api/clients?q=${encodeURIComponent(names.shift())}`);
    if (!found.length) continue;
    const made = await bookVisit(dispatcher, await dispatcher.get(`/api/clients/${found[0].id}`), { kind: /Стираль|Посудо|Холод/, book: false, paid: true });
    if (!made) continue;
    if (!master && made.offers[0]) {
      const slot = made.offers[0];
      await dispatcher.cmd('request.book', { visit: made.visit, from: slot.from, to: slot.to, master: slot.master });
      return { ...made, slot };
    }
    for (const { start } of made.offers) {
      const place = { visit: made.visit, master, start };
      if (!(await dispatcher.cmd('visit.preview', place)).ok) continue;
      await dispatcher.cmd('visit.assign', place);
      return made;
    }
    await dispatcher.cmd('request.cancel', { request: made.request, reason: 'client' });
  }
  throw new Error('no client whom the master could visit');
}
const big = () => p.locator('.steps .big').first();
const step = async (name) => {
  await p.waitForFunction((text) => document.querySelector('.steps .big')?.textContent.trim() === text, name);
  await big().click();
};
const sent = () => p.waitForFunction(() => /отправлено/.test(document.querySelector('.sync')?.textContent ?? ''));

test('the shift starts, and a job goes from acceptance to the last kopeck', async () => {
  await p.click('.shift .signal');
  // The dispatcher offers what is near to those who are at work.
  await p.waitForSelector('.now .btn');
  const edges = await p.evaluate(() => [...document.querySelectorAll('.now .btn')].map((b) => b.getBoundingClientRect().right - document.querySelector('.now').getBoundingClientRect().right));
  assert.ok(edges.every((over) => over <= 0), `buttons end inside their card: ${edges}`);
  await p.click('.now .body');
  await p.waitForURL('**/m/job/**');
  for (const name of ['Принять', 'Выехал', 'На месте', 'Начать работу']) await step(name);
  await p.waitForSelector('form.card');
  await p.fill('form .work .num', '1500');
  await p.click('form .big');
  await p.waitForSelector('.ways');
  await sent();
  const sum = (await p.locator('.sum').textContent()).replace(/\D/g, '');
  assert.ok(Number(sum) > 0, 'there is something to pay');
  await p.click('.ways .btn:has-text("Наличные")');
  await p.waitForSelector('dd.good-text');
  assert.equal((await p.locator('dd.good-text').textContent()).replace(/\D/g, ''), sum);
  await sent();
});

test('without a network the job is done and paid, waits in the queue, and goes out in order', async () => {
  const next = await book();
  await p.click('[aria-label="К списку"]');
  await p.waitForSelector('.now .body');
  await p.click('.now .body');
  await p.waitForURL(`**/m/job/${next.visit}`);
  // The opened job tells the office that it was seen; the line is cut after that.
  while (!(await dispatcher.get(`/api/visits/${next.visit}/events`)).some((e) => e.name === 'visit.seen')) await p.waitForTimeout(100);
  await sent();
  await p.cut();
  await p.waitForSelector('.sync.offline');
  for (const name of ['Принять', 'Выехал', 'На месте', 'Начать работу']) await step(name);
  await p.waitForSelector('form.card');
  await p.fill('form .work .num', '2000');
  await p.click('form .big');
  await p.waitForSelector('.ways');
  await p.click('.ways .btn:has-text("Карта")');
  await p.waitForSelector('dd.good-text');
  await p.click('.sync');
  const waits = await p.locator('ol li b').allTextContents();
  assert.deepEqual(waits.map((w) => w.trim()), ['Принял заявку', 'Выехал', 'На месте', 'Начал работу', 'Закончил работу', 'Принял оплату']);
  await p.join();
  await p.waitForSelector('h1:has-text("Всё отправлено")');
  const names = (await dispatcher.get(`/api/visits/${next.visit}/events`)).map((e) => e.name);
  const order = ['visit.accepted', 'visit.enroute', 'visit.onsite', 'visit.working', 'visit.completed'].map((name) => names.lastIndexOf(name));
  assert.ok(order.every((at, i) => at >= 0 && (i === 0 || at > order[i - 1])), `in order: ${names}`);
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
