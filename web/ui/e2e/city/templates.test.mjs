// Templates of work: the administrator writes and publishes, the master's phone asks for it, and a visit that has begun keeps what it began with.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';

let city, browser, dispatcher, admin, master, who, office, phone, first, second;
const shots = process.env.SHOTS;
const shot = async (p, name) => shots && p.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
before(async () => {
  city = await startCity({ env: { CALLOUT__DISPATCH__AHEAD_MINUTES: '900' } });
  browser = await startBrowser();
  [dispatcher, admin] = [await city.as('dispatcher1'), await city.as('admin')];
  first = await bookVisit(dispatcher, await clientNamed(dispatcher, 'Орлова'));
  for (let n = 1; n <= 12 && !who; n++) if ((await city.as(`master${n}`)).user.master === first.slot.master) who = `master${n}`;
  master = await city.as(who);
  await master.cmd('shift.start');
  office = await browser.page(city, 'admin', { path: '/admin?tab=templates' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const steps = ['visit.accept', 'visit.depart', 'visit.arrive', 'visit.begin'];
const story = async (visit) => (await dispatcher.get(`/api/visits/${visit}/events`)).map((e) => e.name);
/** The master takes the visit up to the work, once it is offered. */
async function begin(visit) {
  while (!(await story(visit)).includes('visit.dispatched')) await new Promise((ok) => setTimeout(ok, 100));
  for (const name of steps) await master.cmd(name, { visit });
}
const refused = (type) => (e) => e.problem?.type === `/problems/${type}`;
const items = () => office.locator('.items .words').evaluateAll((all) => all.map((it) => it.value));
const now = (text) => office.locator('.now', { hasText: text }).waitFor();

test('where nothing is written the built-in list is in force, and the page teaches', async () => {
  await begin(first.visit);
  await office.locator('.templates .empty').waitFor();
  await now('встроенный список');
  assert.equal(await office.locator('.phone li').count(), 4, 'the preview shows the built-in list');
  await shot(office, 'templates-empty');
});

test('the administrator writes items, moves one by keys, and publishes', async () => {
  await office.getByRole('button', { name: 'С чистого листа' }).click();
  const item = (n) => office.locator('.items li').nth(n);
  await item(0).locator('.words').fill('Что сделано');
  await item(0).locator('select').selectOption('text');
  await item(0).getByRole('checkbox').uncheck();
  await office.getByRole('button', { name: 'Добавить пункт' }).click();
  await item(1).locator('.words').fill('Давление хладагента');
  await item(1).locator('select').selectOption('reading');
  await item(1).getByLabel('Не меньше').fill('0,5');
  await item(1).getByLabel('Не больше').fill('6');
  await item(1).getByLabel('Единица').fill('бар');
  await item(1).locator('.words').press('Alt+ArrowUp');
  assert.deepEqual(await items(), ['Давление хладагента', 'Что сделано']);
  assert.equal(await office.evaluate(() => document.activeElement.value), 'Давление хладагента', 'the keyboard stays on what was moved');
  await office.getByRole('button', { name: 'Добавить пункт' }).click();
  await item(2).locator('.words').fill('Корпус');
  await item(2).locator('select').selectOption('choice');
  await item(2).getByLabel('Слова на выбор').fill('цел\nзамят');
  await office.getByRole('button', { name: 'Сохранить черновик' }).click();
  await office.locator('.sort[aria-current=true] .chip', { hasText: 'черновик' }).waitFor();
  await now('встроенный список');
  await office.getByRole('button', { name: 'Опубликовать' }).click();
  await now('Действует версия 1');
  await shot(office, 'templates-published');
});

test('a visit that has begun keeps its list, and ends as ever', async () => {
  phone = await browser.page(city, who, { width: 390, height: 844, path: `/m/job/${first.visit}` });
  phone.on('dialog', (dialog) => void dialog.accept());
  await phone.locator('li', { hasText: 'Техника обесточена' }).waitFor();
  assert.equal(await phone.locator('li', { hasText: 'Давление хладагента' }).count(), 0);
  await phone.locator('form.card .big').click();
  await phone.waitForFunction(() => !document.querySelector('form.card .big'));
  while (!(await story(first.visit)).includes('visit.completed')) await phone.waitForTimeout(100);
});

test('the next one is asked for what was published, and does not end without it', async () => {
  const client = await clientNamed(dispatcher, 'Орлова');
  second = await bookVisit(dispatcher, client, { master: master.user.master, book: false });
  const { start } = second.offers.find((it) => it.master === master.user.master) ?? second.offers[0];
  await dispatcher.cmd('visit.assign', { visit: second.visit, master: master.user.master, start });
  await begin(second.visit);
  await phone.goto(`${city.url}/m/job/${second.visit}`);
  const asked = phone.locator('li', { hasText: 'Давление хладагента' });
  await asked.waitFor();
  await assert.rejects(master.cmd('visit.complete', { visit: second.visit, works: [], outcome: 'fixed' }), refused('checklist-short'));
  await assert.rejects(master.cmd('visit.check', { visit: second.visit, item: 'item_2', answer: '60' }), refused('out-of-limits'));
  await phone.locator('form.card .big').click();
  await phone.getByText('Нельзя закончить, осталось обязательных: 2').waitFor();
  await asked.locator('input').fill('60');
  await asked.locator('input').press('Tab');
  await asked.getByText('Вне пределов: нужно 0.5…6 бар').waitFor();
  await shot(phone, 'templates-phone-limits');
  // What is left is written down without a network, and goes out in order.
  await phone.cut();
  await phone.waitForSelector('.sync.offline');
  await asked.locator('input').fill('2,5');
  await asked.locator('input').press('Tab');
  await phone.locator('li', { hasText: 'Корпус' }).locator('select').selectOption('цел');
  await phone.locator('li', { hasText: 'Что сделано' }).locator('textarea').fill('Дозаправил контур');
  await phone.locator('h2', { hasText: 'Чек-лист' }).click();
  await phone.getByText('Всё обязательное есть').waitFor();
  await shot(phone, 'templates-phone-whole');
  await phone.locator('form.card .big').click();
  await phone.join();
  while (!(await story(second.visit)).includes('visit.completed')) await phone.waitForTimeout(100);
});

test('a former version comes back under a new number, and a retired template leaves the built-in list', async () => {
  await office.locator('.items li').nth(1).getByRole('button', { name: /^Убрать/ }).click();
  await office.getByRole('button', { name: 'Опубликовать' }).click();
  await now('Действует версия 2');
  assert.deepEqual(await items(), ['Давление хладагента', 'Корпус']);
  await office.getByRole('button', { name: 'Вернуть версию 1' }).click();
  await now('Действует версия 3');
  assert.deepEqual(await items(), ['Давление хладагента', 'Что сделано', 'Корпус']);
  await office.getByRole('button', { name: 'Снять шаблон' }).click();
  await office.getByRole('dialog').getByRole('button', { name: 'Снять шаблон' }).click();
  await now('встроенный список');
  const { templates } = await admin.get('/api/templates');
  assert.deepEqual(templates.map((it) => [it.state, it.editions.length]), [['retired', 3]]);
});

test('narrow and dark it fits, and no page has thrown', async () => {
  for (const dark of [false, true]) for (const [width, height] of [[1440, 900], [390, 844]]) {
    const p = await browser.page(city, 'admin', { path: '/admin?tab=templates', width, height, dark });
    await p.getByRole('button', { name: 'Взять встроенный за основу' }).click();
    await p.locator('.items li').nth(3).waitFor();
    assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `no wider than ${width}`);
    await shot(p, `templates-${width}-${dark ? 'dark' : 'light'}`);
    await p.context().close();
  }
  assert.deepEqual(browser.errors, []);
});
