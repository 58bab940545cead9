// The book of lines on the administrator's screen, against a living server: written, refused in words, in force at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  p = await browser.page(city, 'admin', { path: '/admin?tab=lines' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const book = async () => (await city.as('admin')).get('/api/lines');
const section = (name) => p.locator('.list', { has: p.getByRole('heading', { name, exact: true }) });
const save = () => p.getByRole('button', { name: 'Сохранить' }).click();

test('what the settings say is shown, with the way of a caller', async () => {
  await p.getByRole('heading', { name: 'Линия: номера, очереди, меню' }).waitFor();
  await p.getByText('Сейчас действует файл настроек').waitFor();
  await p.locator('.ways select').selectOption({ index: 0 });
  assert.match(await p.locator('.ways').textContent(), /очередь «\w+».*слышит «notice».*Меню «main».*9 → перезвонить/s);
  assert.equal((await book()).rev, 0);
});

test('a line, a queue with hours and a menu are written and in force at once', async () => {
  const trunks = section('Линии провайдеров');
  await trunks.getByRole('button', { name: 'Добавить линию' }).click();
  await trunks.getByLabel('Название').fill('Оператор Урал');
  await trunks.getByLabel('Адрес провайдера').fill('127.0.0.1:5999');
  await trunks.getByLabel('Логин у провайдера').fill('office');
  await trunks.getByLabel('Пароль').fill('tajna-01');
  await trunks.getByLabel('Наши номера').fill('+7 (342) 211-22-33');
  await trunks.getByLabel('Наши номера').blur();
  const queues = section('Очереди');
  await queues.getByRole('button', { name: 'Добавить очередь' }).click();
  const fresh = queues.locator('details[open]');
  await fresh.getByLabel('Название').fill('Кассы');
  await fresh.getByRole('button', { name: '+ +73422112233' }).click();
  await fresh.getByLabel('принимает звонки по часам').check();
  await fresh.getByLabel('Пн').fill('с девяти');
  await save();
  assert.match(await p.getByRole('alert').textContent(), /`с девяти` are no hours/);
  assert.equal((await book()).rev, 0, 'nothing was changed');
  await fresh.getByLabel('Пн').fill('09:00-18:00');
  await save();
  await p.getByText('Сохранено и действует').waitFor();
  const kept = await book();
  assert.equal(kept.rev, 1);
  assert.deepEqual(kept.lines.trunks.map(({ name, dids, password }) => [name, dids, password]), [['Оператор Урал', ['+73422112233'], null]]);
  assert.deepEqual(kept.lines.queues.at(-1).dids, ['+73422112233']);
  // the switchboard has it: the registration is tried, and said to fail
  await trunks.getByText('нет связи').waitFor();
});

test('a password stays when something else is changed, and a number is shown where it leads', async () => {
  const trunks = section('Линии провайдеров');
  await trunks.locator('summary').filter({ hasText: 'Оператор Урал' }).click();
  assert.equal(await trunks.getByLabel('Пароль').getAttribute('placeholder'), 'не меняется');
  await trunks.getByLabel('Одновременно').fill('4');
  await save();
  await p.getByText('не сохранено').waitFor({ state: 'detached' });
  assert.equal((await book()).lines.trunks[0].max_calls, 4);
  await p.locator('.ways select').selectOption('+73422112233');
  assert.match(await p.locator('.ways').textContent(), /очередь «Кассы»/);
});

test('a desk phone gets a password that can be copied, and is there for the phone', async () => {
  const phones = section('Настольные телефоны');
  await phones.getByRole('button', { name: 'Добавить телефон' }).click();
  const password = await phones.getByLabel('Пароль').inputValue();
  assert.match(password, /^[a-z2-9]{14}$/);
  await save();
  await p.getByText('не сохранено').waitFor({ state: 'detached' });
  assert.deepEqual((await book()).lines.phones, [{ user: '101', password: null, secure_audio: false, codecs: [] }]);
});

test('codecs are put in another order, refused without one of G.711, and left to the settings again', async () => {
  const house = p.locator('.lines > .codecs');
  await house.getByText('G.711 A-law → G.711 µ-law → G.722').waitFor();
  await house.getByLabel('порядок из этой книги').check();
  await house.getByLabel('Добавить кодек…').selectOption('opus');
  for (let turn = 0; turn < 3; turn++) await house.getByRole('button', { name: /^Выше: Opus/ }).click();
  await house.getByRole('button', { name: /^Ниже: G.711 A-law/ }).click();
  assert.deepEqual(await house.locator('li span').allTextContents(), ['1. Opus, широкая полоса, терпит потери', '2. G.711 µ-law', '3. G.711 A-law', '4. G.722, широкая полоса']);
  for (const law of ['A', 'µ']) await house.getByRole('button', { name: `Удалить: G.711 ${law}-law` }).click();
  const before = (await book()).rev;
  await save();
  await p.getByRole('alert').filter({ hasText: '`codecs` has `opus`, `g722` alone: expected `pcma` or `pcmu`' }).waitFor();
  assert.equal((await book()).rev, before, 'nothing was changed');
  await house.getByLabel('Добавить кодек…').selectOption('pcmu');
  const trunks = section('Линии провайдеров');
  const own = trunks.locator('details[open] .codecs, details:has-text("Оператор Урал") .codecs').first();
  if (!(await own.isVisible())) await trunks.locator('summary').filter({ hasText: 'Оператор Урал' }).click();
  await own.getByLabel('у этой линии свой порядок').check();
  await own.getByRole('button', { name: /^Выше: G.722/ }).click();
  await own.getByRole('button', { name: /^Удалить: Opus/ }).click();
  if (process.env.SHOTS) {
    for (const [name, width, height] of [['wide', 1440, 900], ['phone', 390, 844]]) for (const scheme of ['light', 'dark']) {
      await p.setViewportSize({ width, height });
      await p.emulateMedia({ colorScheme: scheme });
      await house.scrollIntoViewIfNeeded();
      await p.screenshot({ path: `${process.env.SHOTS}/codecs-${name}-${scheme}.png` });
      await own.scrollIntoViewIfNeeded();
      await p.screenshot({ path: `${process.env.SHOTS}/codecs-own-${name}-${scheme}.png` });
    }
    await p.setViewportSize({ width: 1440, height: 900 });
    await p.emulateMedia({ colorScheme: 'light' });
  }
  await save();
  await p.getByText('не сохранено').waitFor({ state: 'detached' });
  const kept = (await book()).lines;
  assert.deepEqual([kept.codecs, kept.trunks[0].codecs], [['opus', 'g722', 'pcmu'], ['g722', 'pcmu']]);
  await house.getByLabel('порядок из этой книги').uncheck();
  await save();
  await p.getByText('не сохранено').waitFor({ state: 'detached' });
  assert.deepEqual([(await book()).lines.codecs, (await book()).fixed.codecs], [[], ['pcma', 'pcmu', 'g722']]);
});

test('the second of two administrators is told, and may write over', async () => {
  const other = await city.as('admin');
  const { rev, lines } = await book();
  const queues = section('Очереди');
  await queues.locator('summary').filter({ hasText: 'Кассы' }).click();
  await queues.locator('details[open]').getByLabel('Предлагать перезвон').fill('90');
  await other.cmd('lines.save', { lines: { ...lines, head_start: { ...lines.head_start, agreement_seconds: 60 } } }, rev);
  await save();
  await p.getByRole('alert').filter({ hasText: 'другой администратор' }).waitFor();
  await save();
  await p.getByText('не сохранено').waitFor({ state: 'detached' });
  const now = await book();
  assert.equal(now.lines.queues.at(-1).offer_callback_seconds, 90);
  assert.deepEqual(browser.errors, []);
});

test('who is no administrator neither reads nor writes the book', async () => {
  const { cookie, cmd } = await city.as('manager');
  assert.equal((await fetch(`${city.url}/api/lines`, { headers: { cookie } })).status, 403);
  await assert.rejects(() => cmd('lines.save', { lines: {} }, 0));
});
