// A master who looks at no page: the house posts to the push service, the phone shows the visit, says so, and opens it.
import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';

let city, browser, dispatcher, master, service, visit;
const posted = [];
const shots = process.env.SHOTS;
/** Looks until there is something. */
async function until(what, look, turns = 300) {
  for (let turn = 0; turn < turns; turn++) {
    const found = await look();
    if (found) return found;
    await new Promise((ok) => setTimeout(ok, 100));
  }
  throw new Error(`${what} did not come`);
}
before(async () => {
  service = createServer((ask, answer) => {
    const pieces = [];
    ask.on('data', (piece) => pieces.push(piece)).on('end', () => {
      posted.push({ headers: ask.headers, bytes: Buffer.concat(pieces).length });
      answer.writeHead(201).end();
    });
  });
  await new Promise((ok) => service.listen(0, '127.0.0.1', ok));
  city = await startCity({ env: { CALLOUT__PUSH__PLAIN: 'true', CALLOUT__PUSH__CALL_MINUTES: '0' } });
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  master = await city.as('master1');
  await master.cmd('shift.start');
  const keys = createECDH('prime256v1');
  keys.generateKeys();
  const endpoint = `http://127.0.0.1:${service.address().port}/send/one`;
  await master.cmd('push.subscribe', { endpoint, p256dh: keys.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url'), lang: 'ru' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
  service?.close();
});

test('an offered visit is posted to the push service, signed and sealed', async () => {
  const { now } = await dispatcher.get('/api/health');
  const start = Math.ceil((now + 3_600_000) / 900_000) * 900_000;
  // The first client whose unit the master knows how to repair.
  for (const name of ['Столовая', 'Кафе', 'Магазин', 'Аптека', 'Пекарня', 'Салон']) {
    const card = await clientNamed(dispatcher, name);
    const kinds = [...new Set(card.points.flatMap((p) => p.units.map((u) => u.kind)))];
    for (const kind of kinds) {
      const made = await bookVisit(dispatcher, card, { kind: new RegExp(`^${kind}$`), book: false });
      if (visit || !made) continue;
      const given = await dispatcher.cmd('visit.assign', { visit: made.visit, master: master.user.master, start, pin: true }).catch(() => null);
      if (given) visit = made.visit;
    }
    if (visit) break;
  }
  assert.ok(visit, 'a visit for the master');
  const first = await until('a post', () => posted[0]);
  assert.equal(first.headers['content-encoding'], 'aes128gcm');
  assert.equal(first.headers.urgency, 'high');
  assert.match(first.headers.authorization, /^vapid t=[\w-]+\.[\w-]+\.[\w-]+, k=[\w-]{87}$/);
  assert.ok(first.bytes > 150, `${first.bytes}`);
});

test('the board says how far the notice has come, and that somebody should call', async () => {
  const p = await browser.page(city, 'dispatcher1', { path: `/board?visit=${visit}` });
  await p.waitForSelector('.detail .sla.hot');
  assert.match(await p.locator('.detail .sla.hot').first().textContent(), /не видел выезд/);
  if (shots) {
    mkdirSync(shots, { recursive: true });
    await p.screenshot({ path: `${shots}/push-board.png` });
  }
  await p.context().close();
});

test('the phone shows the notice in words, tells the house, and a tap opens the visit', async () => {
  const phone = await browser.page(city, 'master1', { path: '/m', width: 390, height: 844 });
  await phone.context().grantPermissions(['notifications', 'microphone'], { origin: city.url });
  await phone.waitForSelector('.sync.live');
  const devtools = await phone.context().newCDPSession(phone);
  const worker = new Promise((ok) => devtools.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    const active = versions.find((v) => v.status === 'activated');
    if (active) ok(active.registrationId);
  }));
  await devtools.send('ServiceWorker.enable');
  const registrationId = await worker;
  const data = JSON.stringify({ visit, no: 12, start: 1_772_431_200_000, address: 'Ёлочная улица, 11', symptom: 'Не морозит', lang: 'ru' });
  await devtools.send('ServiceWorker.deliverPushMessage', { origin: city.url, registrationId, data });
  const shown = await until('a notice', () => phone.evaluate(async () => {
    const worker = await navigator.serviceWorker.getRegistration();
    const [first] = await worker.getNotifications();
    return first ? { title: first.title, body: first.body, visit: first.data.visit } : null;
  }));
  assert.equal(shown.title, 'Новый выезд № 12');
  assert.match(shown.body, /Не морозит · Ёлочная улица, 11/);
  assert.equal(shown.visit, visit);
  // The service worker tells the page which visit was tapped on.
  await phone.evaluate((visit) => navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { open: visit } })), visit);
  await phone.waitForFunction((visit) => location.pathname === `/m/job/${visit}`, visit);
  await phone.locator('header .tool').last().click();
  await phone.waitForSelector('.menu :text("Уведомления")');
  if (shots) await phone.screenshot({ path: `${shots}/push-phone.png` });
  await phone.context().close();
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
