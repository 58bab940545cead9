// The firm after its first day, against a living server: read, refused by its value, in force at once, and told to the second who writes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p;
const shots = process.env.SHOTS;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  p = await browser.page(city, 'admin', { path: '/admin?tab=company' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const firm = async () => (await city.as('admin')).get('/api/company');
const save = () => p.getByRole('button', { name: 'Сохранить' }).click();

test('what the house goes by is shown, and what cannot be is refused by its value', async () => {
  await p.getByRole('heading', { name: 'Компания' }).waitFor();
  const before = await firm();
  assert.equal(await p.getByLabel('Часовой пояс').inputValue(), before.zone);
  await p.getByLabel('Название фирмы').fill('Тёплый дом');
  await p.getByLabel('Часовой пояс').fill('Moscow');
  await p.getByText('Такого часового пояса нет').waitFor();
  await save();
  await p.getByRole('alert').filter({ hasText: '`Moscow` is not a time zone' }).waitFor();
  assert.deepEqual(await firm(), before, 'nothing was changed');
});

test('a town is chosen, the middle is moved on the map, and the house goes by its clock at once', async () => {
  await p.getByRole('combobox', { name: 'Город' }).selectOption('Kazan');
  assert.equal(await p.getByLabel('Часовой пояс').inputValue(), 'Europe/Moscow');
  const map = await p.getByRole('application').boundingBox();
  await p.mouse.click(map.x + map.width * 0.6, map.y + map.height * 0.4);
  await p.getByLabel('Часовой пояс').fill('Asia/Vladivostok');
  await save();
  await p.getByText('Сохранено и действует').waitFor();
  const kept = await firm();
  assert.deepEqual([kept.name, kept.zone, kept.rev], ['Тёплый дом', 'Asia/Vladivostok', 1]);
  assert.ok(kept.place.lat > 55.7963 && kept.place.lon > 49.1064 && kept.place.lon < 50, JSON.stringify(kept.place));
  assert.equal((await (await city.as('admin')).get('/api/system')).zone, 'Asia/Vladivostok');
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    await p.setViewportSize({ width, height });
    assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `nothing hangs over at ${width}`);
    if (shots) await p.screenshot({ path: `${shots}/company-${width}.png` });
  }
});

test('the second of two administrators is told, and may write over; nobody else reads or writes the firm', async () => {
  const kept = await firm();
  await p.getByLabel('Название фирмы').fill('Тёплый дом и сад');
  await (await city.as('admin')).cmd('company.change', { name: 'Другое', zone: kept.zone, place: kept.place }, kept.rev);
  await save();
  await p.getByRole('alert').filter({ hasText: 'другой администратор' }).waitFor();
  await save();
  await p.getByText('не сохранено').waitFor({ state: 'detached' });
  assert.deepEqual([(await firm()).name, (await firm()).rev], ['Тёплый дом и сад', 3]);
  const { cookie, cmd } = await city.as('manager');
  assert.equal((await fetch(`${city.url}/api/company`, { headers: { cookie } })).status, 403);
  await assert.rejects(() => cmd('company.change', { name: 'Чужое', zone: kept.zone, place: kept.place }));
  assert.deepEqual(browser.errors, []);
});
