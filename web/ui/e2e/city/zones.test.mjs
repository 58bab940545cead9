// Zones against a living server: drawn by mouse and by keys, refused when they cross, told when they overlap; points and prices follow.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p, admin, operator;
const shots = process.env.SHOTS;
const shot = (page, name) => (shots ? page.screenshot({ path: `${shots}/${name}.png` }) : null);
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  [admin, operator] = [await city.as('admin'), await city.as('operator1')];
  p = await browser.page(city, 'admin', { path: '/admin?tab=zones' });
  await p.getByRole('application').waitFor();
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const all = async () => (await admin.get('/api/zones')).zones;
const click = async (x, y) => {
  const box = await p.getByRole('application').boundingBox();
  await p.mouse.click(box.x + box.width * x, box.y + box.height * y);
};
const named = async (name) => (await all()).find((z) => z.name === name);

test('a zone is drawn by clicks; a line that crosses itself is not saved', async () => {
  await p.getByRole('button', { name: 'Новая зона' }).first().click();
  await p.getByText('Поставьте ещё 3 угла.').waitFor();
  for (const [x, y] of [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]) await click(x, y);
  await p.getByText('Углов: 4').waitFor();
  const corner = p.getByRole('button', { name: /^Угол 2/ });
  const box = await corner.boundingBox();
  const sheet = await p.getByRole('application').boundingBox();
  await p.mouse.move(box.x + 8, box.y + 8);
  await p.mouse.down();
  await p.mouse.move(sheet.x + sheet.width * 0.5, sheet.y + sheet.height * 0.95, { steps: 5 });
  await p.mouse.up();
  await p.getByText(/пересекает сама себя/).waitFor();
  await p.getByLabel('Название').fill('Центр');
  assert.ok(await p.getByRole('button', { name: 'Сохранить' }).isDisabled());
  while (await p.getByText(/пересекает сама себя/).count()) await p.getByRole('button', { name: 'Отменить шаг' }).click();
  await p.getByLabel('Цена выезда, ₽').fill('450');
  await shot(p, 'zones-draw');
  await p.getByRole('button', { name: 'Сохранить' }).click();
  await p.locator('.zones .one', { hasText: 'Центр' }).waitFor();
  const zone = await named('Центр');
  assert.equal(zone.price, '450.00');
  assert.ok(zone.points > 0, 'addresses lie in it');
});

test('points bear the zone’s name at once, and an offer has its price', async () => {
  const zone = await named('Центр');
  let found = null;
  for (const words of ['Орлова', 'Белова', 'Столовая', 'Петров', 'Иванов', 'ООО']) {
    for (const hit of (await operator.get(`/api/clients?q=${encodeURIComponent(words)}`)).found) {
      const card = await operator.get(`/api/clients/${hit.id}`);
      const point = card.points.find((pt) => pt.zone === 'Центр' && pt.units.some((u) => !u.agreement && !(u.warranty_until > Date.now())));
      if (point) found = { card, point };
    }
  }
  assert.ok(found, 'somebody in the zone pays for themselves');
  const unit = found.point.units.find((u) => !u.agreement && !(u.warranty_until > Date.now()));
  const make = () => operator.cmd('request.register', { client: found.card.id, point: found.point.id, unit: unit.id, kind: 'repair', symptom: 'Не включается', priority: 'normal' });
  const dear = await make();
  const { points: _, overlaps: __, id, rev: ___, ...card } = zone;
  await admin.cmd('zone.change', { zone: id, card: { ...card, price: '0.00' } });
  const cheap = await make();
  assert.equal(Number(dear.offers[0].price) - Number(cheap.offers[0].price), 450);
  // On a day without service nothing is offered there.
  const { offers: before } = await operator.cmd('slots.offer', { visit: cheap.visit });
  const weekday = (ms) => (new Date(new Date(ms).toLocaleString('en-US', { timeZone: 'Asia/Yekaterinburg' })).getDay() + 6) % 7;
  const first = weekday(before[0].from);
  await admin.cmd('zone.change', { zone: id, card: { ...card, days: [0, 1, 2, 3, 4, 5, 6].map((d) => d !== first) } });
  const { offers: later } = await operator.cmd('slots.offer', { visit: cheap.visit });
  assert.ok(later.every((o) => weekday(o.from) !== first), `no offer on day ${first}`);
  await admin.cmd('zone.change', { zone: id, card });
});

test('by keys alone: corners under the cross, moved and taken away', async () => {
  await p.reload();
  await p.getByRole('button', { name: 'Новая зона' }).first().click();
  const map = p.getByRole('application');
  await map.focus();
  const far = async (key, n) => { for (let i = 0; i < n; i++) await p.keyboard.press(key); };
  await p.keyboard.press('Enter');
  await far('ArrowRight', 5);
  await p.keyboard.press('Enter');
  await far('ArrowDown', 5);
  await p.keyboard.press('Enter');
  await far('ArrowLeft', 8);
  await p.keyboard.press('Enter');
  await p.getByText('Углов: 4').waitFor();
  await p.getByRole('button', { name: /^Угол 4/ }).focus();
  await p.keyboard.press('Delete');
  await p.getByText('Углов: 3').waitFor();
  await p.getByRole('button', { name: /^Угол 1/ }).focus();
  await p.keyboard.press('ArrowUp');
  await p.getByLabel('Название').fill('Двор');
  await p.getByLabel('Название').press('Enter');
  await p.getByText(/Накладывается на: Центр/).waitFor();
  const [yard, middle] = [await named('Двор'), await named('Центр')];
  assert.deepEqual([yard.corners.length, yard.overlaps, middle.overlaps], [3, ['Центр'], ['Двор']]);
  await shot(p, 'zones-list');
});

test('what is no area is refused with the value and what was expected', async () => {
  const square = [[58, 56], [58, 56.1], [58.1, 56.1]].map(([lat, lon]) => ({ lat, lon }));
  const draw = (more) => admin.cmd('zone.draw', { name: 'Новая', corners: square, price: '0.00', masters: [], ...more });
  const refused = (more, type, words) => assert.rejects(draw(more), (e) => e.problem.type === `/problems/${type}` && words.test(e.problem.detail));
  await refused({ corners: square.slice(1) }, 'zone-corners', /`2` corners: expected 3/);
  await refused({ corners: [{ lat: 58, lon: 56 }, { lat: 58.1, lon: 56.1 }, { lat: 58.1, lon: 56 }, { lat: 58, lon: 56.1 }] }, 'zone-crosses', /sides `1` and `3`/);
  await refused({ name: 'центр' }, 'zone-name-taken', /`центр` already/);
  await refused({ price: '-1.00' }, 'negative-price', /`-1/);
  await assert.rejects(operator.cmd('zone.draw', {}), (e) => e.problem.status === 403);
});

test('a zone that is taken away leaves its points without one; all of it stands in the dark and on a phone', async () => {
  for (const [name, options] of [['zones-dark', { dark: true }], ['zones-390', { width: 390, height: 844 }]]) {
    const page = await browser.page(city, 'admin', { path: '/admin?tab=zones', ...options });
    await page.locator('.zones .one').first().waitFor();
    await shot(page, name);
    assert.ok(await page.evaluate(() => [document.documentElement, document.querySelector('.part'), document.querySelector('main')].every((el) => el.scrollWidth <= innerWidth)), 'nothing hangs over the edge');
    await page.context().close();
  }
  const yard = p.locator('.zones .one', { has: p.locator('b', { hasText: 'Двор' }) });
  await yard.click();
  await p.getByRole('button', { name: 'Убрать зону' }).click();
  await p.locator('dialog').getByRole('button', { name: 'Убрать зону' }).click();
  await p.waitForFunction(() => document.querySelectorAll('.zones .one').length === 1);
  assert.equal(await yard.count(), 0);
  assert.deepEqual((await named('Центр')).overlaps, []);
  assert.deepEqual(browser.errors, []);
});
