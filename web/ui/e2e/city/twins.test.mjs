// One client who stands twice, against a living server: told on the page with the reason, compared side by side, merged, found by the old link, parted again; and the list of all look-alikes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS;
let city, browser, p, dispatcher, first, second;
const made = (name, phone, address) => dispatcher.cmd('client.create', { name, kind: 'org', phone, address });
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  first = await made('ООО «Пекарня Колос»', '+79135550077', 'ул. Северная, 1');
  second = await made('Пекарня Колос', '+79135550077', 'Северная 1');
  const theirs = await dispatcher.get(`/api/clients/${second.client}`);
  await dispatcher.cmd('client.change', { client: second.client, card: { name: 'Пекарня Колос', kind: 'org', inn: '7707083893', note: 'звонить до 18', contacts: [...theirs.contacts, { name: 'Ольга, пекарь', phones: ['+79135550078'] }] } }, theirs.rev);
  await dispatcher.cmd('request.register', { client: second.client, point: second.point, symptom: 'не греет печь' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const card = (id) => dispatcher.get(`/api/clients/${id}`);
/** The page in both themes and sizes, without words that run out of it and without what axe finds. */
async function looks(page, name) {
  for (const dark of [false, true]) for (const [width, height] of [[1440, 900], [390, 844]]) {
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.setViewportSize({ width, height });
    // Colours that are on their way from one theme to the other are nobody's contrast.
    await page.evaluate(() => Promise.all(document.getAnimations().map((going) => going.finished.catch(() => {}))));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} at ${width}`);
    if (shots) await page.screenshot({ path: `${shots}/twins-${name}-${width}-${dark ? 'dark' : 'light'}.png` });
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] }));
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), [], `${name} at ${width}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}

test('the page tells who looks like the same client, and why', async () => {
  p = await browser.page(city, 'dispatcher1', { path: `/client/${first.client}` });
  const line = p.getByText(/Похоже, это тот же клиент/);
  await line.waitFor();
  assert.match((await line.textContent()).replace(/\s/g, ' '), /Пекарня Колос.*тот же телефон \+7 913 555-00-77, то же название, рядом/);
  await looks(p, 'line');
});

test('both cards stand side by side, and what is chosen is kept', async () => {
  await p.getByRole('button', { name: 'Сравнить и объединить' }).click();
  const sheet = p.getByRole('dialog', { name: 'Две карточки, один клиент' });
  await sheet.getByText('1 точка, 1 заявка').waitFor();
  await looks(p, 'sheet');
  await sheet.getByRole('radio', { name: 'Пекарня Колос', exact: true }).check();
  await sheet.getByRole('button', { name: 'Объединить' }).click();
  await p.getByRole('heading', { name: 'Пекарня Колос', exact: true }).waitFor();
  const kept = await card(first.client);
  assert.deepEqual([kept.name, kept.inn, kept.phones, kept.note, kept.points.length, kept.open.length], ['Пекарня Колос', '7707083893', ['+79135550077', '+79135550078'], 'звонить до 18', 2, 1]);
  await p.getByText(/Сюда влилась карточка «Пекарня Колос»/).waitFor();
  const written = () => p.getByLabel('Имя или название').inputValue();
  assert.equal(await written(), 'Пекарня Колос', 'the form is about the kept card');
  assert.ok(await p.getByRole('button', { name: 'Сохранить' }).isDisabled(), 'nothing of the old card is left to be saved');
  await looks(p, 'merged');
});

test('the old link and the old numbers lead to the kept card', async () => {
  const old = await browser.page(city, 'dispatcher2', { path: `/client/${second.client}` });
  await old.getByText(/Сюда влилась карточка/).waitFor();
  assert.equal((await card(second.client)).id, first.client);
  for (const typed of ['89135550078', 'Колос']) assert.deepEqual((await dispatcher.get(`/api/clients?q=${encodeURIComponent(typed)}`)).found.map((hit) => hit.id), [first.client]);
  await old.close();
});

test('a merge is taken back with a button, and whoever is two is not asked about again', async () => {
  await p.getByRole('button', { name: 'Разъединить' }).click();
  await p.getByRole('heading', { name: 'ООО «Пекарня Колос»' }).waitFor();
  assert.equal(await p.getByLabel('Имя или название').inputValue(), 'ООО «Пекарня Колос»');
  assert.deepEqual((await card(second.client)).open.length, 1);
  await p.getByRole('button', { name: 'Это разные' }).click();
  await p.getByText(/Похоже, это тот же клиент/).waitFor({ state: 'detached' });
  assert.deepEqual((await dispatcher.cmd('client.twins', { client: first.client })).pairs, []);
});

test('the administrator sees all look-alikes in a list, and an operator is not asked', async () => {
  await made('Кофейня Заря', '+79135550101', 'ул. Южная, 5');
  const again = await made('Заря, кофейня', '+79135550101', 'Южная 5');
  const admin = await browser.page(city, 'admin', { path: '/admin?tab=twins' });
  const pair = admin.getByRole('listitem').filter({ hasText: 'Кофейня Заря' });
  await pair.waitFor();
  await looks(admin, 'list');
  await pair.getByRole('button', { name: 'Сравнить и объединить' }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Объединить' }).click();
  await pair.waitFor({ state: 'detached' });
  assert.equal((await card(again.client)).name, 'Кофейня Заря');
  const operator = await browser.page(city, 'operator1', { path: `/client/${first.client}` });
  await operator.getByRole('heading', { name: 'ООО «Пекарня Колос»' }).waitFor();
  assert.equal(await operator.getByText(/Похоже/).count(), 0);
  assert.deepEqual(browser.errors, []);
});
