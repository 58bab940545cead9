// Better plans on the board of a living server: found by the planner, looked at, taken, said no to, taken back.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';

let city, browser, dispatcher, p;
const shots = process.env.SHOTS;
const shot = async (page, name) => {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
};
const HOUR = 3_600_000;
/** Rows of the board that are proposals, as another console sees them. */
const cards = () => p.locator('[data-proposal]');
const masterOf = (id) => p.evaluate((id) => document.querySelector(`.tl .v[data-visit="${id}"]`)?.closest('.tl-row')?.dataset.row ?? null, id);
const stands = (id, master) => p.waitForFunction(([id, master]) => document.querySelector(`.tl-row[data-row="${master}"]`)?.querySelector(`[data-visit="${id}"]:not(.pending)`), [id, master]);

/** Visits that a person gives to the dearest master who can keep the window, unpinned: the planner sees better, and has to ask. */
async function wasteful() {
  const made = [];
  for (const [place, name] of ['Столовая', 'Кафе', 'Магазин', 'Аптека', 'Пекарня', 'Салон'].entries()) {
    const card = await clientNamed(dispatcher, name).catch(() => null);
    const booked = card && (await bookVisit(dispatcher, card, { book: false }));
    if (!booked) continue;
    const { visit } = booked;
    // Later than what is frozen, by the city's clock.
    const { now } = await dispatcher.get('/api/health');
    const slot = booked.offers.find((o) => o.from > now + (2 + (place % 2)) * HOUR) ?? booked.offers.at(-1);
    await dispatcher.cmd('request.book', { visit, from: slot.from, to: slot.to });
    const { candidates } = await dispatcher.cmd('visit.candidates', { visit });
    const dearest = candidates.at(-1);
    await dispatcher.cmd('visit.assign', { visit, master: dearest.master, start: dearest.start, pin: false });
    made.push(visit);
  }
  return made;
}

before(async () => {
  // A dispatcher is asked about any gain: the test needs proposals, not patience.
  city = await startCity({ env: { CALLOUT__PROPOSALS__ASK_MINUTES: '1', CALLOUT__PROPOSALS__ALONE_MINUTES: '0', CALLOUT__DISPATCH__SLICE: '1000' } });
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  const made = await wasteful();
  assert.ok(made.length >= 3, `${made.length} clients of the town could be visited`);
  p = await browser.page(city, 'dispatcher1', { path: '/board' });
  await p.waitForSelector('.btn.offers');
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});

test('G opens the proposals, and the plan that is looked at lies over the timeline', async () => {
  await p.locator('.tl').focus();
  await p.keyboard.press('KeyG');
  await cards().first().waitFor();
  await p.waitForSelector('.tl-planned:not([hidden]) [data-planned]');
  assert.match(await cards().first().locator('.head').textContent(), /Выигрыш/);
  assert.match(await cards().first().locator('.why').textContent(), /мастера выбрал человек/);
  await shot(p, 'proposals-light');
});

test('A takes the plan as it was shown, and Ctrl+Z puts every visit back', async () => {
  const card = cards().first();
  const id = await card.getAttribute('data-proposal');
  const moves = await p.evaluate(() => [...document.querySelectorAll('[data-planned]:not(.same)')].map((el) => el.dataset.planned));
  assert.ok(moves.length > 0, 'it moves somebody');
  const before = await masterOf(moves[0]);
  await p.keyboard.press('KeyA');
  await p.waitForSelector(`[data-proposal="${id}"]`, { state: 'detached' });
  await p.waitForFunction(([visit, master]) => {
    const row = document.querySelector(`.tl .v[data-visit="${visit}"]`)?.closest('.tl-row');
    return row && row.dataset.row !== master;
  }, [moves[0], before]);
  await p.keyboard.press('Control+KeyZ');
  await stands(moves[0], before);
  const story = await dispatcher.get(`/api/visits/${moves[0]}/events`);
  assert.ok(JSON.stringify(story).includes('dispatcher1'), 'who said yes is in the story of the visit');
});

test('R says no: the card goes, does not come back by itself, and comes back when the no is taken back', async () => {
  if (!(await cards().count())) await p.keyboard.press('KeyG');
  await cards().first().waitFor();
  const card = cards().first();
  const id = await card.getAttribute('data-proposal');
  await card.locator('.head').click();
  await p.keyboard.press('KeyR');
  await p.waitForSelector(`[data-proposal="${id}"]`, { state: 'detached' });
  await p.keyboard.press('Control+KeyZ');
  await p.waitForSelector(`[data-proposal="${id}"]`);
  await p.locator(`[data-proposal="${id}"] .deeds .btn`).nth(1).click();
  await p.waitForSelector(`[data-proposal="${id}"]`, { state: 'detached' });
  // On some days it is the only one, and what follows looks at one.
  await p.keyboard.press('Control+KeyZ');
  await p.waitForSelector(`[data-proposal="${id}"]`);
});

test('Escape closes the panel, and the board is as before', async () => {
  await p.keyboard.press('Escape');
  await p.waitForFunction(() => document.querySelector('.tl-planned').hidden);
});

test('pointing at a card is enough to see its plan, in the dark too', async () => {
  const dark = await browser.page(city, 'dispatcher1', { path: '/board', dark: true });
  await dark.waitForSelector('.btn.offers');
  await dark.locator('.btn.offers').click();
  await dark.locator('[data-proposal]').first().hover();
  await dark.waitForSelector('.tl-planned:not([hidden]) [data-planned]');
  await shot(dark, 'proposals-dark');
  await dark.context().close();
});

test('on a narrow touch screen the cards have buttons for a thumb', async () => {
  const phone = await browser.page(city, 'dispatcher1', { path: '/board', width: 390, height: 844 });
  await phone.waitForSelector('.tl-row');
  const offers = phone.locator('.btn.offers');
  if (await offers.count()) {
    await offers.click();
    await phone.waitForSelector('[data-proposal]');
    const box = await phone.locator('[data-proposal] .deeds .btn').first().boundingBox();
    assert.ok(box.height >= 44, `${box.height}`);
    await phone.locator('[data-proposal]').first().scrollIntoViewIfNeeded();
    await shot(phone, 'proposals-phone');
  }
  await phone.context().close();
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
