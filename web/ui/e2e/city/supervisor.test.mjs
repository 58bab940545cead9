// The supervisor's page over a real call: sipp rings, an operator talks in one browser, the supervisor listens, whispers,
// takes over in another; states, recordings with their log, the tab that speaks.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

const SPOKEN = '+73422000001';
let city, browser, op, boss, manager;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  manager = await city.as('manager');
  op = await browser.page(city, 'operator1', { path: '/op' });
  boss = await browser.page(city, 'manager', { path: '/calls' });
  await op.waitForSelector('.leg.ready');
  await boss.waitForSelector('.leg.ready');
  await op.click('.buttons .primary');
  await op.waitForSelector('.state i.ready');
});
after(async () => {
  if (process.env.SHOT) await boss.screenshot({ path: process.env.SHOT });
  await browser?.stop();
  await city?.stop();
});

/** The loudest that a page's speaker plays in a second, in decibels; the microphones of these browsers beep once a second. */
const loudness = (page, ms = 1300) =>
  page.evaluate(async (ms) => {
    const stream = document.querySelector('audio[data-voice]')?.srcObject;
    if (!stream) return -200;
    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    analyser.smoothingTimeConstant = 0;
    audio.createMediaStreamSource(stream).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    let top = -200;
    for (const end = performance.now() + ms; performance.now() < end; await new Promise((ok) => setTimeout(ok, 20))) {
      analyser.getFloatFrequencyData(bins);
      top = Math.max(top, ...bins);
    }
    await audio.close();
    return top;
  }, ms);
const HEARD = -70;
const hears = async (page, what) => {
  for (let turn = 0; turn < 12; turn++) if ((await loudness(page)) > HEARD) return;
  assert.fail(`${what} is not heard`);
};
const silence = async (page, what) => {
  for (let turn = 0; turn < 4; turn++) if ((await loudness(page)) < HEARD) return;
  assert.fail(`${what} is heard`);
};
async function talk(number, did) {
  const call = await city.ring(number, did);
  await op.waitForSelector('.bar.ringing', { timeout: 60_000 });
  await op.click('.buttons .signal');
  await op.waitForSelector('.bar.talking');
  return call;
}
async function finish(page = op) {
  await page.click('.buttons .danger');
  await page.waitForSelector('.state i.wrap_up');
}
const dispose = async () => {
  await op.keyboard.press('Control+Enter');
  await op.waitForSelector('.state i.ready');
};

test('a supervisor listens, whispers to the operator alone, and leaves', async () => {
  const call = await talk('+79120000301');
  await silence(op, 'somebody');
  const row = boss.locator('.live li', { hasText: '000-03-01' }).or(boss.locator('.live li').first());
  await row.locator('.ways button').first().click();
  await boss.waitForSelector('.line [role=status]');
  await hears(boss, 'the operator');
  await silence(op, 'a supervisor who only listens');
  await boss.locator('.line .seg button').nth(1).click();
  await boss.waitForSelector('.line .seg button:nth-child(2)[aria-pressed=true]');
  await hears(op, 'the whisper');
  await boss.locator('.line .danger').click();
  await boss.waitForSelector('.line [role=status]', { state: 'detached' });
  await silence(op, 'a supervisor who has left');
  await finish();
  await op.waitForSelector('[role=timer]');
  await op.click('.buttons .small');
  await op.waitForFunction(() => /^1:[0-5]\d|^01:[0-5]\d/.test(document.querySelector('[role=timer]').textContent));
  await dispose();
  await call.gone;
});

test('a supervisor takes a call over, and writes it down', async () => {
  const call = await talk('+79120000302');
  await boss.locator('.live .ways button').first().click();
  await boss.waitForSelector('.line .row .btn:not([disabled])');
  await boss.locator('.line .row .btn').first().click();
  await boss.waitForSelector('.bar.talking');
  await op.waitForSelector('.state i.ready');
  await finish(boss);
  await boss.locator('.outcomes .btn', { hasText: 'Жалоба' }).click();
  await boss.waitForSelector('.line');
  await boss.waitForSelector('.history li .chip');
  await call.gone;
});

test('an operator asks the supervisor, who answers and takes the call', async () => {
  const call = await talk('+79120000303');
  await op.locator('.buttons .btn', { hasText: 'Передать…' }).click();
  await op.locator('.give li', { hasText: 'старший' }).locator('button').click();
  await op.locator('.do .primary').click();
  await boss.waitForSelector('.bar.ringing');
  await boss.click('.buttons .signal');
  await op.waitForFunction(() => /На линии/.test(document.querySelector('.buttons .who')?.textContent ?? ''));
  await hears(op, 'the supervisor');
  await op.locator('.buttons .primary').click();
  await op.waitForSelector('.state i.ready');
  await boss.waitForSelector('.bar.talking');
  await finish(boss);
  await boss.locator('.outcomes .btn').first().click();
  await boss.waitForSelector('.line');
  await call.gone;
});

test('a supervisor sends an operator on a break and back', async () => {
  const row = boss.locator('.crew li').filter({ has: boss.locator('i.ready') }).first();
  await row.locator('select').selectOption('break');
  await op.waitForSelector('.state i.break');
  assert.match(await op.locator('.state').textContent(), /старшего/);
  await boss.locator('.crew li').filter({ has: boss.locator('i.break') }).first().locator('select').selectOption('ready');
  await op.waitForSelector('.state i.ready');
});

test('a talk is recorded after its notice, silent for card data, and heard from any place; who heard it is kept', async () => {
  const call = await talk('+79120000304', SPOKEN);
  await op.waitForSelector('.rec');
  await op.locator('.buttons .btn', { hasText: 'Данные карты' }).click();
  await op.waitForSelector('.marks .warn');
  await op.locator('.buttons .btn', { hasText: 'Писать дальше' }).click();
  await op.waitForSelector('.rec');
  await op.waitForTimeout(3000);
  await finish();
  await dispose();
  await call.gone;
  // The history is read anew when the call has left the line; until then another call stands first.
  await boss.locator('.history li button', { hasText: '000-03-04' }).click();
  await boss.waitForSelector('.detail dl');
  await boss.locator('.detail .btn', { hasText: 'Прослушать' }).click();
  const player = '.detail audio';
  await boss.waitForSelector(player);
  await boss.waitForFunction((p) => document.querySelector(p).readyState >= 2 && document.querySelector(p).duration > 2, player);
  const there = await boss.evaluate(async (p) => {
    const audio = document.querySelector(p);
    audio.pause();
    audio.currentTime = audio.duration - 1;
    await new Promise((ok) => audio.addEventListener('seeked', ok, { once: true }));
    return [audio.currentTime, audio.duration];
  }, player);
  assert.ok(Math.abs(there[0] - (there[1] - 1)) < 0.2, `sought ${there}`);
  const id = new URL(boss.url()).pathname.split('/')[2];
  const log = await manager.get(`/api/calls/${id}/events`);
  const heard = log.filter((e) => e.name === 'call.recording_heard');
  assert.deepEqual(heard.map((e) => e.by), ['manager']);
  assert.deepEqual(log.filter((e) => /recording_(begun|paused|resumed)/.test(e.name)).map((e) => e.name), ['call.recording_begun', 'call.recording_paused', 'call.recording_resumed']);
});

test('the voice lives in one tab; another says so and takes it over', async () => {
  const second = await op.context().newPage();
  await second.goto(`${city.url}/op`);
  await second.waitForSelector('.leg.elsewhere');
  await second.click('.leg .btn');
  await second.waitForSelector('.leg.ready');
  await op.waitForSelector('.leg.elsewhere');
  const call = await city.ring('+79120000305');
  await second.waitForSelector('.bar.ringing');
  await second.click('.buttons .signal');
  await second.waitForSelector('.bar.talking');
  await second.reload();
  await second.waitForSelector('.bar.talking');
  await second.waitForSelector('.leg.ready');
  await second.locator('.buttons .danger').click();
  await second.waitForSelector('.state i.wrap_up');
  await second.keyboard.press('Control+Enter');
  await second.waitForSelector('.state i.ready');
  await call.gone;
  await second.close();
  // The tab that spoke is gone: the one that waited speaks again.
  await op.waitForSelector('.leg.ready', { timeout: 20_000 });
});

test('times that were shown before the city’s zone was known become the city’s', async () => {
  const { calls } = await manager.get('/api/calls');
  const { zone } = await (await city.as('admin')).get('/api/system');
  const hour = (timeZone) => Number(new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone }).format(0));
  const p = await browser.page(city, 'manager', { path: `/calls/${calls[0].id}`, apart: true });
  const first = p.locator('.detail li time').first();
  const [, before, rest] = /^(\d\d)(:\d\d:\d\d)$/.exec(await first.textContent());
  assert.equal(await p.locator('header .clock').textContent(), '', 'nobody knows yet what time it is in the city');
  await p.join();
  const there = String((Number(before) + 24 + hour(zone) - hour(undefined)) % 24).padStart(2, '0') + rest;
  assert.notEqual(hour(zone), hour(undefined), 'the city lies in another zone than this machine');
  await first.filter({ hasText: there }).waitFor();
  await p.context().close();
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
