// A campaign on the supervisor's page, against a living server: counted beforehand, begun, paused, resumed, stopped.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p;
before(async () => {
  city = await startCity();
  const operator = await city.as('operator1');
  const { found } = await operator.get(`/api/clients?q=${encodeURIComponent('Столовая')}`);
  await operator.cmd('client.consent', { client: found[0].id, given: true, how: 'бланк 12' });
  browser = await startBrowser();
  p = await browser.page(city, 'manager', { path: '/calls/campaigns' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const row = () => p.locator('.campaigns li').first();

test('how many may be rung is told before anything begins', async () => {
  await p.getByText('Обзвонов ещё не было.').waitFor();
  await p.getByRole('button', { name: 'Новый обзвон' }).click();
  await p.getByLabel('Название').fill('Новый год');
  await p.getByLabel('Что сказать').fill('Напомните про график праздников');
  await p.getByLabel('Кому').selectOption('everybody');
  await p.getByText(/Согласны на автозвонки: \d+, можно позвонить: [1-9]\d*\./).waitFor();
  const told = await p.locator('dialog [role=status]').textContent();
  const [, total, agreed] = /Клиентов: (\d+)\. Согласны на автозвонки: (\d+)/.exec(told);
  assert.ok(Number(agreed) >= 1 && Number(agreed) <= Number(total), told);
});

test('it is begun, waits for an operator, is paused, goes on and is stopped', async () => {
  await p.getByRole('button', { name: 'Начать обзвон' }).click();
  await row().getByText('идёт', { exact: true }).waitFor();
  assert.match(await row().textContent(), /Новый год.*Напомните про график праздников/s);
  assert.match(await row().locator('.num').last().textContent(), /поговорили 0/);
  await row().getByRole('button', { name: 'Приостановить' }).click();
  await row().getByText('приостановлен', { exact: true }).waitFor();
  await row().getByRole('button', { name: 'Продолжить' }).click();
  await row().getByText('идёт', { exact: true }).waitFor();
  await row().getByRole('button', { name: 'Прекратить обзвон' }).click();
  await p.locator('dialog').getByRole('button', { name: 'Прекратить обзвон' }).click();
  await row().getByText('закончен', { exact: true }).waitFor();
  assert.deepEqual(browser.errors, []);
});

test('who is no supervisor begins none', async () => {
  const { cmd } = await city.as('dispatcher1');
  await assert.rejects(() => cmd('campaign.count', { whom: { kind: 'everybody' } }), /403/);
});
