// A master falls ill with eight visits in hand: the dispatcher's keys from the board to everybody reassigned, really counted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';
import { budget } from './strokes.mjs';

const VISITS = 8;
let city, browser, dispatcher, p;
let master = null;
const held = [];
before(async () => {
  // A town with hands to spare on any day of the week: in a small one eight visits of a full Monday have nowhere to go.
  city = await startCity({ size: 'm' });
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  await fill();
  // So high that every master's row is in the page.
  p = await browser.page(city, 'dispatcher1', { path: '/board', height: 3200 });
  await p.waitForFunction((ids) => ids.every((id) => document.querySelector(`.tl .v[data-visit="${id}"]`)), held);
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});

/** Eight visits with promised windows of today, all pinned to one master. */
async function fill() {
  const found = new Map();
  for (const letters of ['ка', 'ма', 'ор', 'ст', 'ов', 'ин', 'ко', 'ра', 'ва', 'ле', 'на', 'ро']) {
    for (const hit of (await dispatcher.get(`/api/clients?q=${encodeURIComponent(letters)}`)).found) found.set(hit.id, hit);
  }
  let turn = 0;
  for (const id of found.keys()) {
    if (held.length === VISITS) return;
    const card = await dispatcher.get(`/api/clients/${id}`);
    const point = card.points.find((it) => it.units.length);
    if (!point || card.open.length) continue;
    const made = await dispatcher.cmd('request.register', { client: card.id, point: point.id, unit: point.units[0].id, kind: 'repair', symptom: 'Не включается', priority: 'normal' });
    const today = made.offers.filter((o) => o.from - made.offers[0].from < 9 * 3_600_000);
    const slot = today[turn++ % today.length];
    await dispatcher.cmd('request.book', { visit: made.visit, from: slot.from, to: slot.to, master: slot.master });
    const { candidates } = await dispatcher.cmd('visit.candidates', { visit: made.visit });
    master ??= candidates[0]?.master ?? null;
    const his = candidates.find((c) => c.master === master && c.start < slot.to);
    // Whoever is not his leaves room for the next.
    if (!his) await dispatcher.cmd('request.cancel', { request: made.request, reason: 'client' });
    else {
      await dispatcher.cmd('visit.assign', { visit: made.visit, master, start: his.start, pin: true });
      held.push(made.visit);
    }
  }
}
const standing = () => p.evaluate(([ids, master]) => ids.map((id) => {
  const row = document.querySelector(`.tl .v[data-visit="${id}"]`)?.closest('.tl-row')?.dataset.row;
  return !row ? 'nobody' : row === master ? 'his' : 'another';
}), [held, master]);

test('eight visits of a sick master are with others after at most six keystrokes', async (t) => {
  assert.equal(held.length, VISITS, 'the day could be filled');
  assert.deepEqual(await standing(), Array(VISITS).fill('his'));
  const name = await p.locator(`.tl-side[data-master="${master}"] b`).textContent();
  const letters = name.split(' ')[0];
  await budget(t, p, `a sick master's ${VISITS} visits`, 6, async () => {
    await p.keyboard.press('Control+KeyK');
    await p.keyboard.type(letters);
    await p.waitForSelector(`dialog [role=option][aria-selected=true]:has-text("${name}")`);
    await p.keyboard.press('Enter');
    await p.waitForSelector('dialog', { state: 'detached' });
    await p.keyboard.press('KeyU');
    await p.waitForFunction(() => document.activeElement?.closest('.off'));
    await p.keyboard.press('Enter');
    await p.waitForFunction((m) => document.querySelector(`.tl-side[data-master="${m}"] .dot.red`), master);
    // The planner has moved what it can; nobody is left with him.
    await p.waitForFunction(([ids, m]) => ids.every((id) => document.querySelector(`.tl .v[data-visit="${id}"]`)?.closest('.tl-row')?.dataset.row !== m), [held, master]);
    await new Promise((ok) => setTimeout(ok, 1500));
    if ((await standing()).includes('nobody')) {
      await p.keyboard.press('KeyC');
      await p.waitForSelector('.panel-in .all:not(:disabled)');
      await p.waitForFunction(() => !document.querySelector('.panel-in li.asking'));
      await p.keyboard.press('KeyA');
      await p.waitForFunction(() => !document.querySelector('.panel-in li.ready'));
    }
  }, { letters: letters.length });
  const now = await standing();
  t.diagnostic(`▪ of ${VISITS} visits ${now.filter((s) => s === 'another').length} are with others, ${now.filter((s) => s === 'nobody').length} with nobody`);
  assert.deepEqual(now, Array(VISITS).fill('another'));
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
