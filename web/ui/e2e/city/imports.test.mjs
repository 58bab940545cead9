// Tables of another make against a living server: a workbook written by openpyxl, a Windows-1251 file written by Python.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

const table = (name) => fileURLToPath(new URL(`./tables/${name}`, import.meta.url));
let city, browser, p;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  p = await browser.page(city, 'admin', { path: '/admin?tab=imports' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const found = async (typed) => (await (await city.as('operator1')).get(`/api/clients?q=${encodeURIComponent(typed)}`)).found;
const row = (name) => p.locator('.imports li', { hasText: name });

test('a workbook is looked at before anything is written', async () => {
  await p.getByRole('button', { name: 'Загрузить таблицу' }).click();
  await p.locator('input[type=file]').setInputFiles(table('clients.xlsx'));
  await p.locator('.table tbody tr').first().waitFor();
  assert.match(await p.locator('.table [role=status]').textContent(), /Строк: 4\. Будет новых карточек: 4, изменится: 0, уже есть: 1, с ошибками: 1/);
  assert.match(await p.locator('.bad li').textContent(), /Строка 6.*Телефон: «нет», ожидается телефон/);
  assert.equal(await p.locator('.table td.wrong').textContent(), 'нет');
  assert.deepEqual(await found('Сказочная'), []);
});

test('it is written, found by the operator, and its refused line comes back as a file', async () => {
  await p.getByRole('button', { name: 'Записать' }).click();
  await row('clients.xlsx').getByText('записано').waitFor();
  const names = (await found('Сказочная')).map((hit) => hit.name).sort();
  assert.deepEqual(names, ['ООО «Ёлочка»', 'Снежин Пётр Ильич']);
  assert.equal((await found('8 912 666-00-01'))[0].name, 'Снежин Пётр Ильич');
  const [file] = await Promise.all([p.waitForEvent('download'), p.getByRole('button', { name: 'Строки с ошибками' }).click()]);
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  assert.match(Buffer.concat(chunks).toString('utf8'), /^\ufeffСтрока;Что не так;.*\r\n6;"?Телефон: «нет».*Без номера/);
});

test('equipment in Windows-1251 finds its owners; a wrong date stops its line alone', async () => {
  await p.getByRole('button', { name: 'Загрузить таблицу' }).click();
  await p.locator('select').first().selectOption('units');
  await p.locator('input[type=file]').setInputFiles(table('units.csv'));
  await p.locator('.table tbody tr').first().waitFor();
  assert.match(await p.locator('.bad li').textContent(), /Строка 3.*Гарантия до: «31\.02\.2030»/);
  await p.getByRole('button', { name: 'Записать' }).click();
  await row('units.csv').getByText('записано').waitFor();
  assert.equal((await found('ЁЖ001'))[0].name, 'ООО «Ёлочка»');
});

test('undone from the end, everything goes but the card that somebody wrote on since', async () => {
  const undo = async (name) => {
    await row(name).getByRole('button', { name: 'Отменить импорт' }).click();
    await p.locator('dialog').getByRole('button', { name: 'Отменить импорт' }).click();
    await row(name).getByText('отменён', { exact: true }).waitFor();
  };
  await undo('units.csv');
  assert.deepEqual(await found('ЁЖ001'), []);
  const [snow] = await found('8 912 666-00-01');
  const consent = await (await city.as('operator1')).cmd('client.consent', { client: snow.id, given: false });
  assert.ok(consent, 'the operator writes on the card');
  await undo('clients.xlsx');
  assert.deepEqual(await found('Сказочная'), [], 'addresses and the firm are gone');
  assert.equal((await found('8 912 666-00-01'))[0].name, 'Снежин Пётр Ильич', 'an edited card stays');
  await row('clients.xlsx').getByRole('button', { name: 'Что осталось' }).click();
  assert.match(await p.locator('dialog .kept').textContent(), /Снежин Пётр Ильич.*правили/);
  assert.deepEqual(browser.errors, []);
});

test('who is no administrator brings nothing in', async () => {
  const { cookie } = await city.as('dispatcher1');
  const answer = await fetch(`${city.url}/api/imports`, { headers: { cookie } });
  assert.equal(answer.status, 403);
});
