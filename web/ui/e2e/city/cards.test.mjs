// A client's page against a living server: who they are, places with pins and hours, equipment; written by mouse and by keys, and told to the second who writes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let city, browser, p, dispatcher, client, point;
const shots = process.env.SHOTS;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  dispatcher = await city.as('dispatcher1');
  ({ client, point } = await dispatcher.cmd('client.create', { name: 'Пекарня Колос', kind: 'org', phone: '+79135550077', address: 'ул. Северная, 1' }));
  p = await browser.page(city, 'dispatcher1', { path: `/client/${client}` });
  await p.getByRole('heading', { name: 'Пекарня Колос' }).waitFor();
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const card = () => dispatcher.get(`/api/clients/${client}`);
const save = () => p.getByRole('button', { name: 'Сохранить', exact: true }).click();
/** Asks for the card until it is as wished, ten seconds at most; a word of success may still be that of the save before. */
const kept = async (wished) => {
  for (const end = Date.now() + 10_000; ; ) {
    const now = await card();
    if (wished(now) || Date.now() > end) return now;
  }
};
const said = (now, who = 'Пекарня Колос') => ({ client, card: { name: who, kind: now.kind, contacts: now.contacts, note: 'позвонить заранее' } });

test('what is wrong is told beside its field, and what is right is found by everybody', async () => {
  await p.getByLabel('Телефоны через запятую').fill('звоните');
  await save();
  await p.locator('fieldset').getByRole('alert').waitFor();
  await p.getByLabel('Телефоны через запятую').fill('+7 913 555-00-77, 8 913 555 00 78');
  await p.getByLabel('Имя или название').fill('Пекарня «Колос»');
  await save();
  assert.deepEqual((await kept((c) => c.phones.length === 2)).phones, ['+79135550077', '+79135550078']);
  await p.getByText(/^Сохранено/).first().waitFor();
  assert.equal((await dispatcher.get('/api/clients?q=89135550078')).found[0].id, client);
});

test('who writes over a card of yesterday is told, and may do it', async () => {
  await p.getByLabel('Имя или название').fill('Пекарня Колос и дети');
  const now = await card();
  await dispatcher.cmd('client.change', said(now), now.rev);
  await save();
  await p.getByRole('alert').filter({ hasText: 'изменил другой сотрудник' }).waitFor();
  assert.equal((await card()).note, 'позвонить заранее');
  await save();
  assert.equal((await kept((c) => c.name.endsWith('дети'))).name, 'Пекарня Колос и дети');
});

test('the pin is moved by mouse and by keys, and the hours of the place are kept', async () => {
  await p.getByRole('tab', { name: /Точки/ }).click();
  const map = p.getByRole('application', { name: 'Точка на карте' });
  await map.scrollIntoViewIfNeeded();
  const before = (await card()).points[0];
  const box = await map.boundingBox();
  await p.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.3);
  await p.getByLabel('Пускают только в часы').check();
  await p.getByLabel('Кого спросить').fill('Ольга');
  await save();
  const [moved] = (await kept((c) => c.points[0].rev > before.rev)).points;
  assert.ok(moved.lat > before.lat && moved.lon > before.lon, JSON.stringify([before, moved]));
  assert.deepEqual([moved.visiting.contact, moved.visiting.hours[0], moved.visiting.hours[6]], ['Ольга', { from: '09:00:00', to: '18:00:00' }, null]);
  await map.focus();
  await p.keyboard.press('ArrowDown');
  await p.keyboard.press('Enter');
  await save();
  assert.equal((await kept((c) => c.points[0].rev > moved.rev)).points[0].rev, moved.rev + 1);
  await p.getByRole('button', { name: 'Сохранить', exact: true }).and(p.locator(':disabled')).waitFor();
});

test('what is written while another part is being saved stays', async () => {
  await p.getByLabel('Кого спросить').fill('Ольга Петровна');
  await p.evaluate(() => {
    // Both in one breath: the answer of the first comes after the second was written.
    [...document.querySelectorAll('button')].find((b) => b.textContent === 'Сохранить').click();
    const select = document.querySelector('select[aria-label="Добавить мастера"]');
    select.selectedIndex = 1;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
  assert.equal((await kept((c) => c.points[0].visiting.contact !== 'Ольга')).points[0].visiting.contact, 'Ольга Петровна');
  await p.getByRole('button', { name: 'Сохранить', exact: true }).and(p.locator(':disabled')).waitFor();
  await p.getByLabel(/^Как закреплён/).waitFor();
  await p.getByLabel(/^Открепить/).click();
});

test('a master is bound to the place', async () => {
  await p.getByLabel('Добавить мастера').selectOption({ index: 1 });
  await p.getByLabel(/^Как закреплён/).selectOption('required');
  await p.getByRole('button', { name: 'Закрепить' }).click();
  assert.deepEqual((await kept((c) => c.points[0].bindings.length > 0)).points[0].bindings.map((b) => b.how), ['required']);
  await p.getByRole('button', { name: 'Закрепить' }).and(p.locator(':disabled')).waitFor();
});

test('equipment is written down, and written off', async () => {
  await p.getByRole('tab', { name: /Техника/ }).click();
  await p.getByRole('button', { name: 'Новая техника' }).click();
  await p.getByLabel('Что это').fill('Печь');
  await p.getByLabel('Серийный номер').fill('PZ-100');
  await p.getByLabel('Навык для ремонта').selectOption('boiler');
  await save();
  await p.getByRole('button', { name: /Печь/ }).waitFor();
  assert.deepEqual((await card()).points[0].units.map((u) => [u.kind, u.serial, u.skill, u.retired]), [['Печь', 'PZ-100', 'boiler', false]]);
  await p.getByLabel('Почему списывают').fill('сгорела');
  await p.getByRole('button', { name: 'Списать' }).click();
  await p.getByText('Техника списана').waitFor();
  assert.equal((await card()).points[0].units[0].retired, true);
  assert.equal((await card()).points[0].id, point);
});

test('an agreement is drafted, signed by the manager, and then covers; the operator is told so', async () => {
  const second = await dispatcher.cmd('unit.create', { card: { point, kind: 'Тестомес', serial: 'TM-5', skill: 'boiler', level: 1 } });
  await p.goto(`${city.url}/client/${client}?tab=agreements`);
  await p.getByRole('button', { name: 'Новое соглашение' }).click();
  await p.getByLabel('Приехать за, часов').fill('2');
  await p.getByLabel('Часы идут').selectOption('round');
  // The whole point is ticked already; one piece alone is covered instead.
  await p.getByRole('checkbox', { name: 'ул. Северная, 1' }).uncheck();
  await p.getByRole('checkbox', { name: /Тестомес/ }).check();
  await save();
  const [draft] = (await kept((c) => c.agreements.length === 1)).agreements;
  assert.deepEqual([draft.state, draft.card.covered.units, draft.card.hours], ['draft', [second.unit], null]);
  await p.getByRole('button', { name: 'На подпись' }).click();
  await p.getByText('Подпись отмечает руководитель.').waitFor();
  const m = await browser.page(city, 'manager', { path: `/client/${client}?tab=agreements` });
  await m.getByRole('button', { name: 'Подписано, действует' }).click();
  assert.equal((await kept((c) => c.agreements[0].state === 'active')).agreements[0].state, 'active');
  const units = (await card()).points[0].units;
  assert.deepEqual(units.map((u) => [u.kind, u.agreement?.covers ?? null]), [['Печь', null], ['Тестомес', true]]);
  await m.getByLabel('Причина').fill('долг за май');
  await m.getByRole('button', { name: 'Приостановить' }).click();
  assert.equal((await kept((c) => c.agreements[0].state === 'suspended')).points[0].units[1].agreement.why, 'suspended');
  await m.getByRole('button', { name: 'Возобновить' }).click();
  await kept((c) => c.agreements[0].state === 'active');
  // What is signed is read, and its coverage alone is written.
  await m.getByRole('checkbox', { name: 'ул. Северная, 1' }).check();
  assert.ok(await m.getByLabel('Приехать за, часов').isDisabled());
  await m.getByRole('button', { name: 'Изменить покрытие' }).click();
  assert.deepEqual((await kept((c) => c.agreements[0].card.covered.points.length > 0)).points[0].agreement.covers, true);
  await m.close();
});

test('every part is clean to axe, fits a phone, and looks right by night', async () => {
  for (const tab of ['who', 'points', 'units', 'agreements']) for (const dark of [false, true]) {
    await p.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    for (const [width, height] of [[1440, 900], [390, 844]]) {
      await p.setViewportSize({ width, height });
      await p.goto(`${city.url}/client/${client}?tab=${tab}`);
      await p.getByRole('tabpanel').waitFor();
      assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${tab} hangs over at ${width}`);
      if (shots) await p.screenshot({ path: `${shots}/cards-${tab}-${width}${dark ? '-dark' : ''}.png` });
      await p.evaluate(axe);
      const found = await p.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`)));
      assert.deepEqual(found, [], `${tab} ${width} ${dark}`);
    }
  }
  assert.deepEqual(browser.errors, []);
});
