// A van's tracker tells the house where a master is: only at work, only with a yes, by the words of several makes.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, master, id;
const shots = process.env.SHOTS;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  master = await city.as('master1');
  const dispatcher = await city.as('dispatcher1');
  const made = await dispatcher.get(`/api/masters/${master.user.master}/tracker`);
  assert.equal(made.path, '/track');
  id = made.id;
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const osmand = async (fields) => {
  const answer = await fetch(`${city.url}/track?${new URLSearchParams({ id, timestamp: String(Math.floor(Date.now() / 1000)), ...fields })}`);
  return { status: answer.status, body: await answer.json() };
};
const json = async (body) => {
  const answer = await fetch(`${city.url}/track`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
};

test('nobody is followed home, or without a yes; the tracker is not made to try again', async () => {
  assert.deepEqual(await osmand({ lat: '58.01', lon: '56.25' }), { status: 200, body: { taken: false, why: 'off_shift' } });
  await master.cmd('shift.start');
  assert.deepEqual((await osmand({ lat: '58.01', lon: '56.25' })).body, { taken: false, why: 'no_consent' });
});

test('what is wrong is named', async () => {
  for (const [fields, field] of [[{ lat: 'x', lon: '1' }, '`lat` is `x`'], [{ lon: '1' }, '`lat`'], [{ lat: '1', lon: '2', id: 'somebody' }, '`id` is `somebody`'], [{ lat: '95', lon: '2' }, '95'], [{ lat: '1', lon: '2', timestamp: 'soon' }, '`timestamp` is `soon`']]) {
    const { status, body } = await osmand(fields);
    assert.equal(status, 422, JSON.stringify(body));
    assert.ok(body.detail.includes(field), body.detail);
  }
  const torn = await json({ device_id: id, location: { coords: { latitude: 58 } } });
  assert.ok(torn.status === 422 && torn.body.detail.includes('`location.coords.longitude`'), JSON.stringify(torn));
});

test('on the phone the master says yes, and the board shows the place live', async () => {
  const phone = await browser.page(city, 'master1', { path: '/m', width: 390, height: 844 });
  await phone.waitForSelector('.sync.live');
  await phone.locator('header .tool').last().click();
  await phone.locator('.menu .btn:has-text("Трекер")').first().click();
  await phone.waitForSelector('.menu .btn:has-text("место видно в смену")');
  const p = await browser.page(city, 'dispatcher1', { path: '/board' });
  await p.waitForSelector('.tl-row');
  await p.locator(`.tl-side[data-master="${master.user.master}"]`).click();
  await p.waitForSelector('.panel-in dl');
  assert.doesNotMatch(await p.locator('.panel-in header .small').first().textContent(), /\d\d:\d\d/);
  assert.deepEqual((await osmand({ lat: '58.011', lon: '56.251', accuracy: '9' })).body, { taken: true });
  await p.waitForFunction(() => /\d\d:\d\d/.test(document.querySelector('.panel-in header .small').textContent));
  if (shots) {
    mkdirSync(shots, { recursive: true });
    await p.screenshot({ path: `${shots}/tracker-board.png` });
    await phone.screenshot({ path: `${shots}/tracker-phone.png` });
  }
  await p.context().close();
  await phone.context().close();
});

test('the same again and what is late on the way change nothing; the makes may change', async () => {
  const past = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
  const client = (at) => ({ device_id: id, location: { timestamp: at, is_moving: true, coords: { latitude: 58.02, longitude: 56.26, accuracy: 7, speed: 3, heading: 10 } } });
  assert.deepEqual((await json(client(past(600)))).body, { taken: false, why: 'older' });
  const now = new Date(Date.now() + 2000).toISOString();
  const server = { device: { id: 3, uniqueId: id }, position: { fixTime: now, latitude: 58.03, longitude: 56.27, accuracy: 0, valid: true } };
  assert.deepEqual((await json(server)).body, { taken: true });
  assert.equal((await json(server)).body.why, 'older');
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
