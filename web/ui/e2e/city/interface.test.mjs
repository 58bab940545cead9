// The description of the interface: valid by the word of others (swagger-parser), and what a living server answers is what it describes (ajv).
import SwaggerParser from '@apidevtools/swagger-parser';
import Ajv2020 from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bookVisit, clientNamed, startCity } from './server.mjs';

let city, document, schemas;
before(async () => {
  city = await startCity();
  document = await (await fetch(`${city.url}/api/openapi.json`)).json();
  schemas = new Ajv2020({ strict: false, allErrors: true });
  schemas.addSchema({ $id: 'interface', ...document });
});
after(() => city?.stop());

/** What a body is held against: the answer of a path, or a schema by name. */
function held(schema, body, what) {
  const check = schemas.compile({ $ref: `interface#${schema}` });
  assert.ok(check(body), `${what} is not as described: ${JSON.stringify(check.errors?.slice(0, 4))}\n${JSON.stringify(body).slice(0, 600)}`);
}
const escaped = (path) => path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
const answer = (path, method = 'get', status = '200', type = 'application~1json') => `/paths/${escaped(path)}/${method}/responses/${status}/content/${type}/schema`;
async function reads(login, path, as = path.split('?')[0]) {
  const who = await city.as(login);
  const body = await who.get(path);
  held(answer(as), body, `${login} reads ${path}`);
  return body;
}
/** Gives a command whose body and answer are held against the schemas of its name. */
async function says(login, name, args) {
  const title = name.split(/[._]/).map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  held(`/components/schemas/Cmd${title}`, { id: 'one', name, args }, `${name} of the test`);
  const ok = await (await city.as(login)).cmd(name, args);
  held(`/components/schemas/Ok${title}`, { ok }, `the answer to ${name}`);
  return ok;
}

test('it is OpenAPI 3.1, by the word of a validator of another make', async () => {
  assert.equal(document.openapi, '3.1.0');
  const api = await SwaggerParser.validate(structuredClone(document));
  assert.ok(Object.keys(api.paths).length > 25);
});

test('what is read is what is described', async () => {
  for (const path of ['/api/health', '/api/demo', '/api/me', '/api/users', '/api/system', '/api/checkup', '/api/imports', '/api/hooks', '/api/events?limit=1000']) await reads('admin', path);
  const dispatcher = await city.as('dispatcher1');
  const found = [];
  for (const typed of ['Иван', 'Петр', 'Анна', 'ООО', '+7912']) found.push(...(await reads('dispatcher1', `/api/clients?q=${encodeURIComponent(typed)}`)).found);
  assert.ok(found.length, 'somebody lives in the town');
  await reads('dispatcher1', `/api/clients/${found[0].id}`, '/api/clients/{id}');
  await reads('operator1', '/api/people?q=%D0%B0');
  await reads('manager', '/api/calls');
  const now = (await dispatcher.get('/api/health')).now;
  await reads('dispatcher1', `/api/board/past?from=${now - 3_600_000}&until=${now - 1000}`, '/api/board/past');
  for (const by of ['day', 'hour', 'queue', 'operator', 'trunk', 'disposition']) await reads('manager', `/api/reports/calls?from=${now - 86_400_000}&until=${now}&by=${by}`);
});

test('commands and their answers are what is described', async () => {
  const made = await says('dispatcher1', 'client.create', { name: 'Описание', phone: '+79135550001', address: 'ул. Северная, 1' });
  const operator = await city.as('operator1');
  const card = await clientNamed(operator, 'Описание');
  assert.equal(card.id, made.client);
  const registered = await says('operator1', 'request.register', { client: made.client, point: made.point, symptom: 'не включается' });
  const { offers } = await says('operator1', 'slots.offer', { visit: registered.visit });
  await says('operator1', 'request.book', { visit: registered.visit, from: offers[0].from, to: offers[0].to, master: offers[0].master });
  await says('dispatcher1', 'visit.candidates', { visit: registered.visit });
  await says('dispatcher1', 'visit.explain', { visit: registered.visit });
  await says('dispatcher1', 'visit.preview', { visit: registered.visit, master: offers[0].master });
  await says('dispatcher1', 'visit.assign', { visit: registered.visit, master: offers[0].master });
  await says('dispatcher1', 'visit.pin', { visit: registered.visit, pinned: false });
  await reads('dispatcher1', `/api/visits/${registered.visit}/events`, '/api/visits/{id}/events');
  await reads('dispatcher1', `/api/visits/${registered.visit}/link`, '/api/visits/{id}/link');
  await says('dispatcher1', 'request.cancel', { request: registered.request, reason: 'проба' });
  const { hook } = await says('admin', 'hook.create', { url: 'https://example.com/in', kinds: ['agreement.*'] });
  await says('admin', 'hook.replay', { hook, after: 0 });
  await says('admin', 'hook.switch', { hook, on: false });
  await reads('admin', '/api/hooks');
  await says('admin', 'hook.remove', { hook });
  await bookVisit(await city.as('dispatcher1'), card).catch(() => null);
});

test('a refusal is a problem, as described', async () => {
  const { cookie } = await city.as('operator1');
  const refused = await fetch(`${city.url}/api/users`, { headers: { cookie } });
  held(answer('/api/users', 'get', '4XX', 'application~1problem+json'), await refused.json(), 'a refusal');
  const unknown = await fetch(`${city.url}/api/cmd`, { method: 'POST', headers: { cookie, 'content-type': 'application/json' }, body: JSON.stringify({ id: 'x', name: 'visit.explode', args: {} }) });
  assert.equal(unknown.status, 403);
  held('/components/schemas/Problem', await unknown.json(), 'a refusal');
});

test('people read it without a script', async () => {
  const page = await (await fetch(`${city.url}/api/docs`)).text();
  for (const word of ['visit.assign', 'Назначает выезд мастеру', '/api/reports/calls', '/api/openapi.json']) assert.ok(page.includes(word), word);
  assert.ok(!/<script|https?:\/\/(?!www\.standardwebhooks)/.test(page), 'nothing is fetched from elsewhere');
});
