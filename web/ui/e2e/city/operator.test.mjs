// The operator's desk over real telephone calls: the card before the answer, keys only, budgets of keystrokes, call-backs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';
import { budget } from './strokes.mjs';

let city, browser, dispatcher, p;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  p = await browser.page(city, 'operator1', { path: '/op' });
  await p.waitForSelector('.leg.ready');
  await p.click('.buttons .primary');
  await p.waitForSelector('.state i.ready');
});
after(async () => {
  if (process.env.SHOT) await p.screenshot({ path: process.env.SHOT });
  await browser?.stop();
  await city?.stop();
});
const press = (key) => p.keyboard.press(key);
const idle = () => p.waitForSelector('.state i.ready');
/** Ends the talk from the call bar and writes down the outcome. */
async function finish() {
  await p.keyboard.press('Control+Space');
  await p.waitForFunction(() => document.activeElement?.classList.contains('bar'));
  await p.keyboard.press('KeyX');
  await p.waitForSelector('.bar:not(.talking) .state i.wrap_up');
  await p.keyboard.press('Control+Enter');
  await idle();
}
const lone = async (words) => {
  const { found } = await dispatcher.get(`/api/clients?q=${encodeURIComponent(words)}`);
  for (const hit of found) {
    const card = await dispatcher.get(`/api/clients/${hit.id}`);
    if (card.points.length === 1 && card.points[0].units.length >= 1 && !card.open.length) return card;
  }
  throw new Error(`no client of one address is called \`${words}\``);
};

test('a known client: from the ring to a confirmed visit in at most twelve keystrokes', async (t) => {
  const card = await lone('Орлова');
  const call = await city.ring(card.phones[0]);
  await p.waitForSelector('.bar.ringing');
  await p.waitForSelector('.card h1');
  assert.equal((await p.locator('.card h1').textContent()).trim(), card.name);
  await budget(t, p, 'a known client, from the ring to a visit', 12, async () => {
    await press('Control+Space');
    await p.waitForSelector('.bar.talking');
    await press('F8');
    await p.waitForFunction(() => document.activeElement?.id === 'symptom');
    await press('ArrowDown');
    await press('Enter');
    await press('Enter');
    await p.waitForSelector('.slot');
    await press('Digit1');
    await p.waitForSelector('.booked');
  });
  await finish();
  await call.gone;
});

test('a call is held and resumed from the call bar', async () => {
  const card = await lone('Белова');
  await city.ring(card.phones[0]);
  await p.waitForSelector('.bar.ringing');
  await p.keyboard.press('Control+Space');
  await p.waitForSelector('.bar.talking');
  await p.keyboard.press('Control+Space');
  await p.waitForFunction(() => document.activeElement?.classList.contains('bar'));
  await p.keyboard.press('KeyH');
  await p.waitForSelector('.buttons [aria-pressed=true]');
  await p.keyboard.press('KeyH');
  await p.waitForSelector('.buttons [aria-pressed=true]', { state: 'detached' });
  await p.keyboard.press('KeyX');
  await p.waitForSelector('.state i.wrap_up');
  await p.keyboard.press('Control+Enter');
  await idle();
});

test('«where is my master?» takes one keystroke: the time is on the screen with the answer', async (t) => {
  const card = await clientNamed(dispatcher, 'Столовая');
  await bookVisit(dispatcher, card, { kind: /ККТ/ });
  await city.ring(card.phones[0]);
  await p.waitForSelector('.bar.ringing');
  await budget(t, p, '«where is my master?»', 1, async () => {
    await press('Control+Space');
    await p.waitForSelector('.bar.talking');
    assert.match(await p.locator('.open article').first().textContent(), /\d\d:\d\d/);
  });
  await finish();
});

test('a new client and a visit: twelve keystrokes and the letters of name and address', async (t) => {
  const [name, address] = ['Зимин Пётр', 'ул. Ленина, 10, кв. 5'];
  await city.ring('+79120000177');
  await p.waitForSelector('.bar.ringing');
  await p.waitForSelector('form.panel');
  assert.match((await p.inputValue('form.panel input >> nth=0')).replace(/\D/g, ''), /79120000177/);
  await budget(t, p, 'a new client, from the ring to a visit', 12, async () => {
    await press('Control+Space');
    await p.waitForSelector('.bar.talking');
    await p.locator('form.panel input >> nth=1').waitFor();
    await p.waitForFunction(() => document.activeElement?.closest('form.panel'));
    await p.keyboard.type(name);
    await press('Enter');
    await p.keyboard.type(address);
    await press('Enter');
    await p.waitForFunction(() => document.activeElement?.id === 'symptom');
    await press('ArrowDown');
    await press('Enter');
    await press('Enter');
    await p.waitForSelector('.slot');
    await press('Digit1');
    await p.waitForSelector('.booked');
  }, { letters: [...name, ...address].length });
  await finish();
});

test('who gave up becomes a task to call back, which is taken and done', async () => {
  await p.click('.buttons .small >> nth=0');
  await p.waitForSelector('.state i.break');
  await (await city.giveUp('+79120000288')).gone;
  await p.waitForSelector('.cb', { timeout: 60_000 });
  await p.click('.cb .btn');
  await p.waitForSelector('.cb .row .btn');
  await p.waitForSelector('form.panel');
  await p.click('.cb .row .btn >> nth=0');
  await p.waitForSelector('.cb', { state: 'detached' });
});

test('Enter that is quicker than the search opens what was searched for', async () => {
  const card = await clientNamed(dispatcher, 'Столовая');
  let late = 0;
  const search = /\/api\/clients\?q=/;
  await p.context().route(search, async (route) => {
    late += 1;
    await new Promise((ok) => setTimeout(ok, 400));
    await route.continue();
  });
  await press('F3');
  await p.keyboard.type(card.name);
  await press('Enter');
  await p.waitForFunction((name) => document.querySelector('.card h1')?.textContent.includes(name), card.name);
  assert.ok(late > 0, 'the search was late');
  await p.context().unroute(search);
});
test('no page has thrown', () => assert.deepEqual(browser.errors, []));
