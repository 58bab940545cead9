// The dictionary of skills against a living server: a name given by the office is on every screen; a skill in use is retired, not removed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p, admin;
const shots = process.env.SHOTS;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  admin = await city.as('admin');
  p = await browser.page(city, 'admin', { path: '/admin?tab=skills' });
  await p.locator('.skills li').first().waitFor();
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const row = (name) => p.locator('.skills li', { hasText: name });

test('a new skill is written and can be given to a master', async () => {
  await p.getByRole('button', { name: 'Новый навык' }).click();
  await p.getByLabel('Код').fill('lift');
  await p.getByLabel('По-русски').fill('Подъёмники');
  await p.getByLabel('По-английски').fill('Lifts');
  await p.getByRole('button', { name: 'Сохранить' }).click();
  await row('Подъёмники').waitFor();
  if (shots) await p.screenshot({ path: `${shots}/skills.png` });
  const [master] = (await admin.get('/api/roster')).masters;
  await admin.cmd('master.change', { master: master.id, card: { skills: [...master.skills, { code: 'lift', level: 2 }] } });
  const board = await browser.page(city, 'admin', { path: '/admin?tab=people' });
  await board.getByLabel('Имя, логин или телефон').fill(master.name);
  await board.locator('.people .one').first().click();
  await board.getByText('Подъёмники', { exact: true }).waitFor();
  await board.context().close();
});

test('a known code takes the name of the house, in both languages', async () => {
  await row('Холодильники').getByRole('button', { name: 'Изменить' }).click();
  await p.getByLabel('По-русски').fill('Холод');
  await p.getByLabel('По-английски').fill('Cold');
  await p.getByRole('button', { name: 'Сохранить' }).click();
  await row('Холод').waitFor();
  const english = await browser.page(city, 'admin', { path: '/admin?tab=skills', lang: 'en' });
  await english.locator('.skills li', { hasText: 'Cold' }).waitFor();
  await english.context().close();
});

test('a skill in use is not removed; retired, it is given to nobody else', async () => {
  await assert.rejects(admin.cmd('skill.remove', { code: 'lift' }), (e) => e.problem.type === '/problems/skill-used' && /`lift` is named by `1`/.test(e.problem.detail));
  await row('Подъёмники').getByRole('button', { name: 'Больше не выдавать' }).click();
  await row('Подъёмники').getByText('не выдаётся').waitFor();
  const { masters } = await admin.get('/api/roster');
  const [has, other] = [masters.find((m) => m.skills.some((s) => s.code === 'lift')), masters.find((m) => !m.skills.some((s) => s.code === 'lift'))];
  await assert.rejects(admin.cmd('master.change', { master: other.id, card: { skills: [{ code: 'lift', level: 1 }] } }), (e) => e.problem.type === '/problems/skill-retired');
  await admin.cmd('master.change', { master: has.id, card: { skills: has.skills.filter((s) => s.code !== 'lift') } });
  await row('Подъёмники').getByRole('button', { name: 'Удалить' }).click();
  await row('Подъёмники').waitFor({ state: 'detached' });
  await assert.rejects(admin.cmd('skill.write', { code: 'Лифт', ru: 'Лифт', en: 'Lift', tone: 'blue' }), (e) => e.problem.type === '/problems/skill-code');
  assert.deepEqual(browser.errors, []);
});
