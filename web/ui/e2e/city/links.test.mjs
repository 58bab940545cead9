// Links to other programmes: an administrator makes one, sees what was answered, sends again; nobody else may.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p, other, there;
const seen = [];
let status = 200;
let told = () => {};
before(async () => {
  other = createServer((asked, answer) => {
    let body = '';
    asked.on('data', (chunk) => (body += chunk));
    asked.on('end', () => {
      seen.push({ headers: asked.headers, body, event: JSON.parse(body) });
      answer.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'спасибо' : 'сейчас нельзя');
      told();
    });
  });
  await new Promise((ok) => other.listen(0, '127.0.0.1', ok));
  there = `http://127.0.0.1:${other.address().port}/in`;
  city = await startCity({ env: { CALLOUT__HOOKS__PLAIN: 'true' } });
  browser = await startBrowser();
  p = await browser.page(city, 'admin', { path: '/admin?tab=links' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
  other?.close();
});
const until = async (n) => {
  while (seen.length < n) await new Promise((ok) => (told = ok));
};
const somebody = async (n) => (await city.as('dispatcher1')).cmd('client.create', { name: `Связной ${n}`, phone: `+7913777000${n}`, address: 'ул. Северная, 1' });
const row = () => p.locator('.links li').first();
let secret;

test('a link is made, and its secret is shown once', async () => {
  await p.getByText('Связей нет').waitFor();
  await p.getByRole('button', { name: 'Новая связь' }).click();
  const form = p.locator('dialog');
  await form.getByLabel('Адрес (https)').fill('https://10.0.0.1/in');
  await form.getByRole('button', { name: 'Сохранить' }).click();
  await p.getByText('вне своей сети').first().waitFor();
  await form.getByLabel('Адрес (https)').fill(there);
  await form.getByLabel('Заявки').uncheck();
  await form.getByLabel('Клиенты', { exact: true }).check();
  await form.getByRole('button', { name: 'Сохранить' }).click();
  secret = await form.locator('code').textContent();
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  await form.getByRole('button', { name: 'Секрет сохранён' }).click();
  await row().getByText('работает').waitFor();
  assert.ok(!(await (await city.as('admin')).get('/api/hooks')).hooks.some((h) => JSON.stringify(h).includes('whsec_')), 'it is told once');
});

test('an event arrives signed, without what tells of persons, and stands in the log', async () => {
  await somebody(1);
  await until(1);
  const [{ headers, body, event }] = seen;
  assert.deepEqual([event.kind, event.id, event.data.name], ['client.created', headers['webhook-id'], undefined]);
  const signed = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64');
  assert.equal(headers['webhook-signature'], `v1,${signed}`);
  await row().getByRole('button', { name: 'Журнал отправок' }).click();
  await row().locator('tbody tr', { hasText: 'client.created' }).getByText('200').waitFor();
  await row().getByText('спасибо').first().waitFor();
});

test('another answer is told, waits, and the link can be sent again from any event', async () => {
  status = 503;
  const before = seen.length;
  await somebody(2);
  await until(before + 1);
  await row().getByText('сбоит, повторяет').waitFor();
  status = 200;
  await row().getByRole('button', { name: 'Отправить снова' }).click();
  await p.locator('dialog input').fill(String(seen[0].event.seq));
  await p.locator('dialog').getByRole('button', { name: 'Отправить снова' }).click();
  await until(before + 3);
  assert.deepEqual(seen.slice(-2).map((it) => it.headers['webhook-id']), [seen[0].headers['webhook-id'], seen[before].headers['webhook-id']]);
  await row().getByText('работает').waitFor();
});

test('a new secret is shown once, and for a day both sign', async () => {
  await row().getByRole('button', { name: 'Новый секрет' }).click();
  const form = p.locator('dialog');
  await form.getByRole('button', { name: 'Выдать новый секрет' }).click();
  const fresh = await form.locator('code').textContent();
  assert.match(fresh, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(fresh, secret);
  await form.getByRole('button', { name: 'Секрет сохранён' }).click();
  await row().getByText(/старый секрет действует до/).waitFor();
  const before = seen.length;
  await somebody(3);
  await until(before + 1);
  const { headers, body } = seen[before];
  const by = (one) => `v1,${createHmac('sha256', Buffer.from(one.slice(6), 'base64')).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')}`;
  assert.equal(headers['webhook-signature'], `${by(fresh)} ${by(secret)}`);
});

test('it is turned off, on and taken away; who is no administrator reads nothing', async () => {
  await row().getByRole('button', { name: 'Выключить' }).click();
  await row().getByText('выключена').waitFor();
  await row().getByRole('button', { name: 'Включить' }).click();
  await row().getByText('работает').waitFor();
  for (const path of ['/api/hooks', '/api/events']) {
    const { cookie } = await city.as('manager');
    assert.equal((await fetch(city.url + path, { headers: { cookie } })).status, 403);
  }
  await row().getByRole('button', { name: 'Удалить связь' }).click();
  await p.locator('dialog').getByRole('button', { name: 'Удалить связь' }).click();
  await p.getByText('Связей нет').waitFor();
  assert.deepEqual(browser.errors, []);
});
