// The dispatcher's board against a living server: drag with a verdict, keys, candidates, pin, a move that came too late.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';

let city, browser, dispatcher, p, visit, free;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  visit = await bookVisit(dispatcher, await clientNamed(dispatcher, 'Столовая'), { kind: /ККТ/ });
  free = await bookVisit(dispatcher, await clientNamed(dispatcher, 'Кафе'), { kind: /ККТ/, symptom: 'Не печатает чек' });
  p = await browser.page(city, 'dispatcher1', { path: '/board' });
  await p.waitForSelector(bar(visit.visit));
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const bar = (id) => `.tl .v[data-visit="${id}"]`;
const rowOf = (id) => p.evaluate((id) => document.querySelector(`.tl .v[data-visit="${id}"]`)?.closest('.tl-row')?.dataset.row ?? null, id);
/** Another master for whom the server says yes at the visit's own time. */
async function another(id) {
  const { from, start, masters } = await p.evaluate((id) => {
    const bar = document.querySelector(`.tl .v[data-visit="${id}"]`);
    const of = (row) => row.dataset.row;
    return { from: of(bar.closest('.tl-row')), masters: [...document.querySelectorAll('.tl-row')].map(of) };
  }, id).then(async (seen) => ({ ...seen, start: (await dispatcher.cmd('visit.explain', { visit: id })).start }));
  for (const master of masters) {
    if (master !== from && (await dispatcher.cmd('visit.preview', { visit: id, master, start })).ok) return master;
  }
  throw new Error(`nobody else can take ${id}`);
}
const stands = (id, master) => p.waitForFunction(([id, master]) => document.querySelector(`.tl-row[data-row="${master}"]`)?.querySelector(`[data-visit="${id}"]:not(.pending)`), [id, master]);

test('a visit is dragged to another master, with the server’s verdict before the drop', async () => {
  const other = await another(visit.visit);
  const box = await p.locator(bar(visit.visit)).boundingBox();
  const row = await p.locator(`.tl-side[data-master="${other}"]`).boundingBox();
  await p.mouse.move(box.x + 12, box.y + box.height / 2);
  await p.mouse.down();
  await p.mouse.move(box.x + 30, row.y + row.height / 2, { steps: 6 });
  await p.waitForSelector('.card[role=status] .row.small svg');
  assert.ok((await p.locator('.card[role=status] .num').first().textContent()).includes('–'));
  await p.mouse.up();
  await stands(visit.visit, other);
  await p.waitForSelector('.card[role=status]', { state: 'detached' });
});

test('the map stands on its own ground, for those who want less motion too', async () => {
  const fresh = await browser.page(city, 'dispatcher1', { path: '/board' });
  await fresh.waitForSelector(bar(visit.visit));
  const ground = await fresh.evaluate(() => {
    const pixel = document.createElement('canvas').getContext('2d');
    pixel.fillStyle = getComputedStyle(document.querySelector('.tl')).backgroundColor;
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data].join();
  });
  await fresh.waitForFunction(() => document.querySelector('.map canvas').getContext('2d').getImageData(9, 9, 1, 1).data[3] === 255);
  const drawn = await fresh.evaluate(() => {
    const canvas = document.querySelector('.map canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Map();
    for (let i = 0; i < data.length; i += 4) seen.set(data.slice(i, i + 4).join(), (seen.get(data.slice(i, i + 4).join()) ?? 0) + 1);
    return [...seen].sort((a, b) => b[1] - a[1])[0][0];
  });
  await fresh.context().close();
  assert.equal(drawn, ground);
});

test('the panel explains why this master, and ranks who else can on C', async () => {
  await p.click(bar(visit.visit));
  await p.waitForSelector('.why .parts li');
  await p.keyboard.press('KeyC');
  await p.waitForSelector('.cand');
  assert.ok((await p.locator('.cand').count()) > 0);
});

test('what a person placed is pinned; L unpins and pins, X takes the visit off its master', async () => {
  await p.click(bar(visit.visit));
  const pinned = p.locator('.side .chip:has-text("Закреплён")');
  await pinned.waitFor();
  await p.keyboard.press('KeyL');
  await pinned.waitFor({ state: 'detached' });
  await p.keyboard.press('KeyL');
  await pinned.waitFor();
  await p.keyboard.press('KeyX');
  await pinned.waitFor({ state: 'detached' });
});

test('M, arrows and Enter move a visit without a mouse', async () => {
  const from = await rowOf(free.visit);
  const fit = await another(free.visit);
  await p.click(bar(free.visit));
  await p.keyboard.press('KeyM');
  await p.waitForSelector('.tl-ghost:not([hidden])');
  const rows = await p.evaluate(() => [...document.querySelectorAll('.tl-row')].sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((r) => r.dataset.row));
  const steps = rows.indexOf(fit) - rows.indexOf(from);
  for (let i = 0; i < Math.abs(steps); i++) await p.keyboard.press(steps > 0 ? 'ArrowDown' : 'ArrowUp');
  await p.waitForSelector('.tl-ghost.good');
  await p.keyboard.press('Enter');
  await stands(free.visit, fit);
});

test('a move that comes too late shows who changed the visit, and can be kept or made anyway', async () => {
  await p.click(bar(free.visit));
  // What a person has placed is pinned; the row that says so may still be on its way.
  await p.locator('.side .chip:has-text("Закреплён")').waitFor();
  await p.keyboard.press('KeyM');
  await p.waitForSelector('.tl-ghost:not([hidden])');
  await p.keyboard.press('ArrowRight');
  await dispatcher.cmd('visit.pin', { visit: free.visit, pinned: false });
  await p.locator('.side .chip:has-text("Закреплён")').waitFor({ state: 'detached' });
  await p.keyboard.press('Enter');
  await p.waitForSelector('dialog .who');
  const told = await p.locator('dialog').textContent();
  assert.match(told, /dispatcher1/);
  assert.match(told, /Закреплён/);
  await p.click('dialog .btn:has-text("Всё равно")');
  await p.waitForSelector('dialog', { state: 'detached' });
  await p.waitForSelector(`${bar(free.visit)}:not(.pending)`);
});

test('N walks the problems: an unassigned request is the next one', async () => {
  await p.keyboard.press('Escape');
  const loose = await bookVisit(dispatcher, await clientNamed(dispatcher, 'Магазин'), { kind: /ККТ/, symptom: 'Заканчивается ФН', book: false });
  const seen = await p.waitForFunction(() => document.querySelector('.btn.hot'), null, { timeout: 20_000 });
  assert.ok(seen);
  await p.keyboard.press('KeyN');
  await p.waitForSelector('.side .detail h1');
  await dispatcher.cmd('request.cancel', { request: loose.request, reason: 'client' });
});

test('F filters the rows by name; clearing the field brings them back', async () => {
  const all = await p.locator('.tl-row').count();
  const name = await p.locator('.tl-side b').first().textContent();
  await p.locator('.tl').focus();
  await p.keyboard.press('KeyF');
  await p.keyboard.type(name.split(' ')[0]);
  await p.waitForFunction((n) => document.querySelectorAll('.tl-row').length < n, all);
  await p.fill('.find.input', '');
  await p.waitForFunction((n) => document.querySelectorAll('.tl-row').length === n, all);
});

test('Ctrl+K finds a visit by its number and a client typed in the wrong layout', async () => {
  const no = /№ (\d+)/.exec(await p.locator(bar(free.visit)).getAttribute('aria-label'))[1];
  await p.keyboard.press('Control+KeyK');
  await p.keyboard.type(no);
  await p.waitForSelector(`dialog [role=option]:has-text("№ ${no}")`);
  await p.fill('dialog input', 'Cnjkjdfz');
  await p.waitForSelector('dialog .swap:has-text("Столовая")');
  await p.keyboard.press('Escape');
  await p.waitForSelector('dialog', { state: 'detached' });
});

test('the question mark opens the map of keys, Escape closes it', async () => {
  await p.locator('.tl').focus();
  await p.keyboard.press('Shift+Slash');
  await p.waitForSelector('dialog h2');
  await p.keyboard.press('Escape');
  await p.waitForSelector('dialog', { state: 'detached' });
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
