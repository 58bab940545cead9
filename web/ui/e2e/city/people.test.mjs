// People against a living server: a new master logs in on a phone and gets visits; a skill that goes takes its visits along; who is switched off is out at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';

let city, browser, p, admin;
const shots = process.env.SHOTS;
const shot = (page, name) => (shots ? page.screenshot({ path: `${shots}/${name}.png` }) : null);
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  admin = await city.as('admin');
  p = await browser.page(city, 'admin', { path: '/admin?tab=people' });
  await p.waitForSelector('.people li .one');
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const userNamed = async (name) => (await admin.get('/api/users')).users.find((u) => u.name === name);
const masterOf = async (user) => (await admin.get('/api/roster')).masters.find((m) => m.id === user.master);
const saved = () => p.getByText('Сохранено').first().waitFor();
let secret = '';

test('a new master is made with a password that is shown once', async () => {
  await p.getByRole('button', { name: 'Новый сотрудник' }).click();
  await p.getByLabel('Фамилия и имя').fill('Снегирёв Олег');
  assert.equal(await p.getByLabel('Логин', { exact: true }).inputValue(), 'snegirev');
  await p.getByLabel('Телефон', { exact: true }).fill('8 912 000-00-77');
  await p.getByRole('button', { name: 'Создать' }).click();
  secret = (await p.locator('dialog .secret').textContent()).trim();
  assert.match(secret, /^\w{4}-\w{4}-\w{4}$/);
  await p.getByRole('button', { name: 'Записал' }).click();
  await p.getByRole('heading', { name: 'Снегирёв Олег' }).waitFor();
  const made = await userNamed('Снегирёв Олег');
  assert.deepEqual([made.login, made.role, made.phone, made.once], ['snegirev', 'master', '+79120000077', true]);
  assert.equal((await masterOf(made)).week.length, 7);
  assert.equal((await (await city.as('dispatcher1')).get('/api/people?q=Снегирёв')).found[0].phone, '+79120000077', 'the directory knows the number');
});

test('skills, home, vehicle and hours are written, and the planner counts on them', async () => {
  await p.getByLabel('Добавить навык').selectOption('fridge');
  await p.getByLabel('Холодильники: уровень').selectOption('3');
  await p.getByLabel('Машина: номер').fill('Е 777 КХ 159');
  const map = p.getByRole('application');
  await map.scrollIntoViewIfNeeded();
  const box = await map.boundingBox();
  await p.mouse.click(box.x + box.width * 0.6, box.y + box.height * 0.4);
  await p.locator('form', { hasText: 'Машина: номер' }).getByRole('button', { name: 'Сохранить' }).click();
  await saved();
  for (const day of ['Суббота', 'Воскресенье']) await p.getByRole('checkbox', { name: day }).check();
  await p.getByRole('button', { name: 'Сохранить часы' }).click();
  await p.waitForFunction(() => [...document.querySelectorAll('button')].some((b) => b.textContent.includes('Сохранить часы') && b.disabled));
  const user = await userNamed('Снегирёв Олег');
  const master = await masterOf(user);
  assert.deepEqual([master.skills, master.vehicle, master.week.filter(Boolean).length], [[{ code: 'fridge', level: 3, until: null }], 'Е 777 КХ 159', 7]);
  await shot(p, 'people-master');
});

test('the new master comes in by the password of one use, chooses another, and gets a visit', async () => {
  const phone = await browser.page(city, null, { width: 390, height: 844, path: '/login' });
  await phone.getByLabel('Логин').fill('snegirev');
  await phone.getByLabel('Пароль', { exact: true }).fill(secret);
  await phone.getByRole('button', { name: 'Войти' }).click();
  await phone.getByLabel('Новый пароль').fill('свой пароль 1');
  await shot(phone, 'people-once');
  await phone.getByRole('button', { name: 'Войти' }).click();
  await phone.waitForURL('**/m');
  await assert.rejects(city.as('snegirev', secret), /401/, 'the first password is no longer good');
  const them = await city.as('snegirev', 'свой пароль 1');
  await them.cmd('shift.start');
  const dispatcher = await city.as('dispatcher1');
  const card = await clientNamed(dispatcher, 'Столовая');
  const made = await bookVisit(dispatcher, card, { kind: /Холод|Витрин|Шкаф/i, book: false }) ?? await bookVisit(dispatcher, card, { book: false });
  const { offers } = await dispatcher.cmd('slots.offer', { visit: made.visit });
  assert.ok(offers.length, 'there are windows');
  const master = (await masterOf(await userNamed('Снегирёв Олег')));
  await dispatcher.cmd('request.book', { visit: made.visit, from: offers[0].from, to: offers[0].to });
  await dispatcher.cmd('visit.assign', { visit: made.visit, master: master.id, start: Math.max(offers[0].start, master.shift.from + 3_600_000) });
  await phone.context().close();
  // The visit asks for a skill that the master is about to lose.
  const before = (await dispatcher.get(`/api/visits/${made.visit}/events`)).length;
  await p.getByRole('button', { name: 'Убрать навык «Холодильники»' }).click();
  await p.locator('form', { hasText: 'Машина: номер' }).getByRole('button', { name: 'Сохранить' }).click();
  await p.getByText(/освобождён и планируется заново/).waitFor();
  const events = await dispatcher.get(`/api/visits/${made.visit}/events`);
  const after = events.slice(before).map((e) => e.name);
  assert.ok(after.some((name) => /unplan/.test(name)), after.join());
  const explained = await dispatcher.cmd('visit.explain', { visit: made.visit });
  assert.notEqual(explained.master, master.id);
});

test('days away are written down and taken back', async () => {
  const form = p.locator('form', { hasText: 'Записать отсутствие' });
  const day = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  await form.getByLabel('С какого дня').fill(day);
  await form.getByLabel('Примечание').fill('учёба');
  await form.getByRole('button', { name: 'Записать отсутствие' }).click();
  await form.getByText('учёба').waitFor();
  assert.equal((await masterOf(await userNamed('Снегирёв Олег'))).absences[0].from, day);
  await form.getByRole('button', { name: 'Отменить' }).click();
  await form.getByText('Впереди отсутствий нет.').waitFor();
});

test('a number that the master had before is shown, and a new name keeps it', async () => {
  const user = (await admin.get('/api/users')).users.find((u) => u.login === 'master2');
  const before = (await masterOf(user)).phone;
  assert.match(before, /^\+7950/);
  await admin.cmd('person.change', { user: user.id, name: `${user.name} мл.` });
  const after = await masterOf(user);
  assert.deepEqual([after.name, after.phone], [`${user.name} мл.`, before]);
});

test('who is switched off is out at once, and may come back', async () => {
  const screen = await browser.page(city, 'dispatcher1', { path: '/board' });
  await screen.waitForSelector('.app');
  const user = (await admin.get('/api/users')).users.find((u) => u.login === 'dispatcher1');
  await p.getByLabel('Имя, логин или телефон').fill('dispatcher1');
  await p.locator('.people .one').first().click();
  await p.getByRole('heading', { name: user.name }).waitFor();
  await p.getByRole('button', { name: 'Отключить' }).click();
  await p.locator('dialog').getByRole('button', { name: 'Отключить' }).click();
  await screen.waitForURL('**/login');
  city.forget('dispatcher1');
  await assert.rejects(city.as('dispatcher1'), /401/);
  await p.getByRole('button', { name: 'Включить' }).click();
  await p.getByRole('button', { name: 'Отключить' }).waitFor();
  assert.ok(await city.as('dispatcher1'));
  await shot(p, 'people-switched');
});

test('a manager writes hours and days away, and nothing else', async () => {
  const page = await browser.page(city, 'manager', { path: '/admin' });
  await page.getByLabel('Имя, логин или телефон').fill('Снегирёв');
  await page.locator('.people .one').first().click();
  assert.equal(await page.getByRole('button', { name: /Новый сотрудник|Отключить|Новый пароль/ }).count(), 0);
  await page.getByRole('checkbox', { name: 'Воскресенье' }).uncheck();
  await page.getByRole('button', { name: 'Сохранить часы' }).click();
  await page.getByText('Сохранено').first().waitFor();
  assert.equal((await masterOf(await userNamed('Снегирёв Олег'))).week[6], null);
  const manager = await city.as('manager');
  await assert.rejects(manager.cmd('person.create', {}), (e) => e.problem.status === 403);
  await assert.rejects(manager.get('/api/users').then((a) => { if (a.status === 403) throw a; }), (e) => e.status === 403);
  await shot(page, 'people-manager');
  await page.context().close();
});

test('the last administrator is neither switched off nor demoted, and the refusal says why', async () => {
  const me = (await admin.get('/api/users')).users.find((u) => u.login === 'admin');
  for (const [name, args] of [['person.off', { user: me.id }], ['person.change', { user: me.id, role: 'manager' }]]) {
    await assert.rejects(admin.cmd(name, args), (e) => e.problem.type === '/problems/last-admin' && /`admin`/.test(e.problem.detail));
  }
  await assert.rejects(admin.cmd('person.create', { name: 'Второй', login: 'operator1', role: 'operator' }), (e) => e.problem.type === '/problems/login-taken');
  await assert.rejects((await city.as('operator1')).cmd('person.off', { user: me.id }), (e) => e.problem.status === 403);
  assert.deepEqual(browser.errors, []);
});

test('the list and a card stand on a phone and in the dark', async () => {
  for (const [name, options] of [['people-dark', { dark: true }], ['people-390', { width: 390, height: 844 }], ['people-390-dark', { width: 390, height: 844, dark: true }]]) {
    const page = await browser.page(city, 'admin', { path: '/admin?tab=people', ...options });
    await page.waitForSelector('.people li .one');
    await shot(page, `${name}-list`);
    await page.getByLabel('Имя, логин или телефон').fill('master1');
    await page.locator('.people .one').first().click();
    await page.waitForSelector('.editor svg');
    await shot(page, name);
    assert.ok(await page.evaluate(() => [document.documentElement, document.querySelector('.part'), document.querySelector('main')].every((el) => el.scrollWidth <= innerWidth)), 'nothing hangs over the edge');
    await page.context().close();
  }
});
