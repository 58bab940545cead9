// Two dispatchers on one board: several visits at once, taking back, links to a slice, and who else has a visit open.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';
import { budget } from './strokes.mjs';

let city, browser, dispatcher, p;
const made = [];
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  for (const words of ['Столовая', 'Кафе', 'Магазин']) made.push(await bookVisit(dispatcher, await clientNamed(dispatcher, words)));
  p = await browser.page(city, 'dispatcher1', { path: '/board' });
  for (const { visit } of made) await p.waitForSelector(bar(visit));
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const bar = (id) => `.tl .v[data-visit="${id}"]`;
const chip = (text) => p.locator(`.side .chip:has-text("${text}")`);
const masterOf = (page, id) => page.evaluate((id) => document.querySelector(`.tl .v[data-visit="${id}"]`)?.closest('.tl-row')?.dataset.row ?? null, id);

test('a deed is taken back and done again with Ctrl+Z, by keys alone', async (t) => {
  const { visit } = made[0];
  await p.goto(`${city.url}/board?visit=${visit}`);
  await p.waitForSelector(`${bar(visit)}.on`);
  await budget(t, p, 'pin, take back, do again', 3, async () => {
    await p.keyboard.press('KeyL');
    await chip('Закреплён').waitFor();
    await p.keyboard.press('Control+KeyZ');
    await chip('Закреплён').waitFor({ state: 'detached' });
    await p.keyboard.press('Control+Shift+KeyZ');
    await chip('Закреплён').waitFor();
  });
});

test('a visit taken off its master comes back to him with Ctrl+Z', async () => {
  const { visit } = made[1];
  await p.goto(`${city.url}/board?visit=${visit}`);
  await p.waitForSelector(`${bar(visit)}.on`);
  const before = await masterOf(p, visit);
  await dispatcher.cmd('visit.pin', { visit, pinned: true });
  await chip('Закреплён').waitFor();
  // Taken back at once, before the answer has come: the two follow one another.
  await p.keyboard.press('KeyX');
  await p.keyboard.press('Control+KeyZ');
  await p.waitForSelector('.toast.good:has-text("Отменено")');
  await p.waitForFunction(([id, m]) => document.querySelector(`.tl .v[data-visit="${id}"]`)?.closest('.tl-row')?.dataset.row === m, [visit, before]);
  await chip('Закреплён').waitFor();
  const events = await dispatcher.get(`/api/visits/${visit}/events`);
  assert.ok((events.events ?? events).some((e) => e.name === 'visit.unplanned' && e.by === 'dispatcher1'), 'it had been taken off');
});

test('what somebody else has moved meanwhile is not taken back', async () => {
  const { visit } = made[2];
  await p.goto(`${city.url}/board?visit=${visit}`);
  await p.waitForSelector(`${bar(visit)}.on`);
  await p.keyboard.press('KeyX');
  // The page speaks over its socket, the colleague over HTTP: the second deed comes second.
  while (!(await dispatcher.get(`/api/visits/${visit}/events`)).some((e) => e.name === 'visit.unplanned' && e.by === 'dispatcher1')) await p.waitForTimeout(50);
  const from = made[2].slot.master;
  const { candidates } = await dispatcher.cmd('visit.candidates', { visit });
  const other = candidates.find((c) => c.master !== from);
  await dispatcher.cmd('visit.assign', { visit, master: other.master, start: other.start, pin: true });
  await p.waitForFunction(([id, m]) => document.querySelector(`.tl .v[data-visit="${id}"]`)?.closest('.tl-row')?.dataset.row === m, [visit, other.master]);
  await p.keyboard.press('Control+KeyZ');
  await p.waitForSelector('.toast.bad, [role=alert]:has-text("уже изменил")');
  assert.equal(await masterOf(p, visit), other.master);
});

test('several visits are chosen with Space and pinned at once; Escape lets them go', async () => {
  await p.goto(`${city.url}/board`);
  for (const { visit } of made) await p.waitForSelector(bar(visit));
  await p.locator('.tl').focus();
  await p.keyboard.press('ArrowDown');
  await p.keyboard.press('Space');
  await p.keyboard.press('ArrowDown');
  await p.keyboard.press('Space');
  await p.waitForSelector('.chosen:has-text("2")');
  assert.equal(await p.locator('.tl .v.chosen').count(), 2);
  await p.keyboard.press('KeyC');
  await p.waitForFunction(() => document.querySelectorAll('.panel-in li').length === 2 && !document.querySelector('.panel-in li.asking'));
  assert.ok((await p.locator('.panel-in li.ready .to b').count()) >= 1, 'somebody else could take them');
  await p.keyboard.press('Escape');
  await p.keyboard.press('Escape');
  await p.waitForSelector('.chosen', { state: 'detached' });
});

test('a slice of the board is a link: zone, grouping and the open visit come back from the address', async () => {
  const { visit } = made[0];
  await p.goto(`${city.url}/board?group=skill&visit=${visit}`);
  await p.waitForSelector('.tl-group');
  await p.waitForSelector('.side .detail h1');
  const groups = await p.locator('.tl-group').allTextContents();
  assert.ok(groups.length > 1, groups.join());
  await p.locator('.tl').focus();
  await p.keyboard.press('KeyV');
  await p.getByLabel('Группировать').selectOption('none');
  await p.waitForFunction(() => !location.search.includes('group') && !document.querySelector('.tl-group'));
  await p.fill('.views form input', 'мой вид');
  await p.keyboard.press('Enter');
  await p.waitForSelector('.views li:has-text("мой вид")');
});

test('a colleague who has a visit open is seen on it, and is gone with the window', async () => {
  const { visit } = made[0];
  const other = await browser.page(city, 'admin', { path: `/board?visit=${visit}` });
  await other.waitForSelector('.side .detail h1');
  await p.goto(`${city.url}/board?visit=${visit}`);
  await p.waitForSelector('.side .beside');
  await p.waitForSelector(`${bar(visit)} .p`);
  await other.context().close();
  await p.waitForSelector('.side .beside', { state: 'detached' });
});

test('O shows the whole crew on one picture, P the day for paper', async () => {
  await p.goto(`${city.url}/board`);
  await p.waitForSelector(bar(made[0].visit));
  await p.keyboard.press('KeyO');
  await p.waitForSelector('.all canvas');
  const colours = await p.evaluate(() => {
    const canvas = document.querySelector('.all canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
    return seen.size;
  });
  assert.ok(colours > 4, `${colours} colours`);
  await p.keyboard.press('KeyO');
  await p.waitForSelector(bar(made[0].visit));
  await p.keyboard.press('KeyP');
  await p.waitForSelector('.paper table td');
  await p.keyboard.press('Escape');
  await p.waitForSelector('.paper', { state: 'detached' });
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
