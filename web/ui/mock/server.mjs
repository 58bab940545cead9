// Mock of the server for development and browser tests: speaks callout.v1 over a made-up city. Never part of the product.
import { createServer } from 'node:http';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { build, day, pastOf } from './city.mjs';
import { commands } from './commands.mjs';

const port = Number(process.env.PORT ?? 5199);
const LAPSE = Number(process.env.LAPSE ?? 1);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const MIN = 60_000;
const base = new Date().setHours(0, 0, 0, 0);
const opened = Date.now();
const now = () => base + 12.2 * 3_600_000 + (Date.now() - opened) * LAPSE;

const city = build(base);
const topic = (name) => ({ name, epoch: opened, seq: 0, rows: new Map(), ring: [], subs: new Set() });
const board = topic('board');
const queue = topic('queue');
const agent = topic('agent');
const kpi = topic('kpi');
const jobs = topic('my-jobs');
const requests = topic('requests');
const presence = topic('presence');
const topics = { board, queue, agent, kpi, 'my-jobs': jobs, requests, presence };

function put(t, key, row) {
  if (row === null) t.rows.delete(key);
  else t.rows.set(key, row);
  const from = t.seq++;
  const ops = [[key, row]];
  t.ring.push({ seq: t.seq, ops });
  if (t.ring.length > 500) t.ring.shift();
  const frame = JSON.stringify({ t: 'd', topic: t.name, from, seq: t.seq, ops });
  for (const socket of t.subs) socket.send(frame);
  if (t === board) {
    if (key === 'master_0') put(jobs, 'me', row);
    else if (key.startsWith('visit_')) {
      if (row?.master === 'master_0') put(jobs, key, row);
      else if (jobs.rows.has(key)) put(jobs, key, null);
    }
  }
}

const world = { board, queue, agent, put, now, city, no: 5000 };
for (const v of day(city, base, now())) put(board, v.id, v);
for (const m of city.masters) put(board, m.id, m);
const op = (i, name, state) => ({ id: `operator_${i}`, rev: 1, name, state, reason: null, since: now() - (i + 1) * 3 * MIN, device: 'browser', call: null, robot: i > 0, line_ok: true });
['Анна Лебедева', 'Вера Полякова', 'Дарья Котова', 'Юлия Шубина'].forEach((n, i) => put(queue, `operator_${i}`, op(i, n, ['ready', 'busy', 'busy', 'break'][i])));
put(agent, 'me', queue.rows.get('operator_0'));
const call = (i, state, client) => ({ id: `call_${i}`, rev: 1, state, from: client?.phones[0] ?? '+79128005544', name: client?.name ?? null, client: client?.id ?? null, did: '+78332200100', operator: null, since: now() - (i + 1) * 17_000, answered: null, wait_s: 17 });
put(queue, 'call_1', call(1, 'queued', city.clients[4]));
put(queue, 'call_2', call(2, 'greeting', null));
put(queue, 'call_8', { ...call(8, 'talking', city.clients[9]), operator: 'operator_1', answered: now() - 2 * MIN });
[12, 17, 22].forEach((c, i) => put(queue, `callback_${i}`, { id: `callback_${i}`, rev: 1, phone: city.clients[c].phones[0], name: i === 1 ? null : city.clients[c].name, client: city.clients[c].id, state: 'new', since: now() - (i + 1) * 9 * MIN, attempts: i }));
for (const [k, v] of Object.entries({ calls_waiting: [2, ''], calls_answered: [148, ''], calls_abandoned: [9, ''], service_level: [86, '%'], operators_ready: [1, ''], revenue_today: ['184350.00', 'rub'] })) {
  put(kpi, k, { value: v[0], unit: v[1], ...(k === 'revenue_today' ? { series: [8, 14, 19, 28, 41, 36, 22] } : {}) });
}

function card(client) {
  const open = [...board.rows.values()].filter((v) => v.client_id === client.id && !['completed', 'verified', 'cancelled', 'incomplete'].includes(v.state)).slice(0, 2)
    .map((v) => ({ request: v.request, no: v.no, state: v.master ? 'booked' : 'registered', symptom: v.symptom, visit: v.id, master_name: board.rows.get(v.master)?.name ?? null, eta: ['en_route', 'accepted'].includes(v.state) ? v.start : null, window: v.window }));
  return { ...client, open };
}
function ring(known = true) {
  const client = known ? city.clients.find((c) => c.points.length > 1 && card(c).open.some((o) => o.eta)) ?? city.clients[3] : null;
  const c = { ...call(90 + Math.floor(Math.random() * 1000), 'offered', client), operator: 'operator_0', since: now() };
  put(queue, c.id, c);
  put(agent, 'pop', { call: c, card: client ? card(client) : null });
  put(agent, 'me', { ...agent.rows.get('me'), state: 'ringing', call: c.id, since: now() });
}
const STORM = Number(process.env.STORM ?? 0);
if (STORM) {
  // As in life: most changes are steps of the work, some move the time, few the master. A frame every 20 ms, as the server does.
  const ids = [...board.rows.keys()].filter((k) => k.startsWith('visit_'));
  const states = ['planned', 'confirmed', 'dispatched', 'accepted', 'en_route', 'on_site', 'working', 'completed'];
  let owed = 0;
  setInterval(() => {
    const ops = [];
    for (owed += STORM / 50; owed >= 1; owed--) {
      const v = board.rows.get(ids[Math.floor(Math.random() * ids.length)]);
      if (!v?.start) continue;
      const dice = Math.random();
      const shift = (Math.random() < 0.5 ? -5 : 5) * MIN;
      const row = { ...v, rev: v.rev + 1 };
      if (dice < 0.6) row.state = states[Math.floor(Math.random() * states.length)];
      else if (dice < 0.9) Object.assign(row, { start: v.start + shift, end: v.end + shift });
      else row.master = city.masters[Math.floor(Math.random() * city.masters.length)].id;
      board.rows.set(v.id, row);
      ops.push([v.id, row]);
    }
    if (!ops.length) return;
    const from = board.seq;
    board.seq += ops.length;
    const frame = JSON.stringify({ t: 'd', topic: 'board', from, seq: board.seq, ops });
    for (const socket of board.subs) socket.send(frame);
  }, 20);
}
setInterval(() => {
  for (const m of city.masters) {
    const row = board.rows.get(m.id);
    if (row.state !== 'travelling') continue;
    put(board, m.id, { ...row, pos: { lat: row.pos.lat + (Math.random() - 0.6) * 0.001, lon: row.pos.lon + (Math.random() - 0.3) * 0.001, at: now() } });
  }
}, 1000);

const users = {
  operator: { id: 'user_1', name: 'Анна Лебедева', login: 'operator', role: 'operator', operator: 'operator_0' },
  dispatcher: { id: 'user_2', name: 'Пётр Сафонов', login: 'dispatcher', role: 'dispatcher' },
  manager: { id: 'user_3', name: 'Ирина Громова', login: 'manager', role: 'manager' },
  master: { id: 'user_4', name: 'Кузнецов Илья', login: 'master', role: 'master', master: 'master_0' },
};
const execute = commands(world);
const seen = new Map();
function run(id, name, args, rev) {
  if (seen.has(id)) return { ...seen.get(id), dup: true };
  let result;
  try {
    result = { ok: execute(name, args, rev) };
  } catch (e) {
    result = { err: e.problem ?? { type: 'about:blank', title: 'error', status: 500, detail: e.message } };
  }
  seen.set(id, result);
  return result;
}
const who = (req) => users[/session=(\w+)/.exec(req.headers.cookie ?? '')?.[1]];
const types = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html; charset=utf-8', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json' };

const http = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x');
  const json = (status, body, headers = {}) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers });
    res.end(JSON.stringify(body));
  };
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
  const path = url.pathname;
  if (path === '/api/demo') return json(200, Object.values(users).map((u) => ({ login: u.login, password: 'demo', name: u.name, role: u.role })));
  if (path === '/api/login') return users[body.login] ? json(200, { user: users[body.login] }, { 'set-cookie': `session=${body.login}; Path=/` }) : json(401, { type: '/problems/login', title: 'Unauthorized', status: 401, detail: 'no' });
  if (path === '/api/logout') return json(200, {}, { 'set-cookie': 'session=; Path=/; Max-Age=0' });
  if (path === '/api/me') return who(req) ? json(200, { user: who(req) }) : json(401, { title: 'Unauthorized', status: 401, detail: 'sign in' });
  if (path === '/api/clients') {
    const q = (url.searchParams.get('q') ?? '').toLowerCase();
    const digits = q.replace(/\D/g, '');
    return json(200, { found: city.clients.filter((c) => c.name.toLowerCase().includes(q) || (digits.length > 2 && c.phones[0].includes(digits)) || c.points.some((p) => p.address.toLowerCase().includes(q))).slice(0, 12).map((c) => ({ id: c.id, name: c.name, phone: c.phones[0], address: c.points[0].address, units: c.points[0].units.length, debt: c.debt })) });
  }
  if (path.startsWith('/api/clients/')) return json(200, card(city.clients.find((c) => c.id === path.split('/')[3])));
  if (path === '/api/skills') return json(200, { skills: [] });
  if (path === '/api/branches') return json(200, { branches: [] });
  if (path === '/api/board/past') return json(200, pastOf(board.rows, Number(url.searchParams.get('from')), Number(url.searchParams.get('until'))));
  if (path.endsWith('/events')) return json(200, [{ at: now() - 5e6, by: 'Планировщик', name: 'planned', data: {} }, { at: now() - 3e6, by: 'Пётр Сафонов', name: 'pinned', data: {} }]);
  if (path === '/api/cmd') { const r = run(body.id, body.name, body.args, body.rev); return r.err ? json(r.err.status, r.err) : json(200, r); }
  if (path === '/mock/ring') { ring(url.searchParams.get('known') !== '0'); return json(200, {}); }
  if (path === '/mock/drop') { wss.clients.forEach((s) => s.terminate()); return json(200, {}); }
  const file = join(dist, normalize(path));
  const found = file.startsWith(dist) && existsSync(file) && statSync(file).isFile() ? file : join(dist, 'index.html');
  if (!existsSync(found)) return json(404, { detail: 'build first' });
  res.writeHead(200, { 'content-type': types[extname(found)] ?? 'application/octet-stream' });
  res.end(readFileSync(found));
});
const wss = new WebSocketServer({ server: http, path: '/ws' });
wss.on('connection', (socket, req) => {
  const user = who(req);
  if (!user) return socket.close(4401);
  const send = (f) => socket.send(JSON.stringify(f));
  socket.on('message', (raw) => {
    const f = JSON.parse(raw);
    if (f.t === 'hello') send({ t: 'welcome', session: `s${Date.now()}`, now: now(), user, lapse: LAPSE });
    if (f.t === 'ping') send({ t: 'pong', now: now() });
    if (f.t === 'unsub') topics[f.topic]?.subs.delete(socket);
    if (f.t === 'sub') {
      const t = topics[f.topic];
      if (!t) return;
      t.subs.add(socket);
      const first = t.ring[0]?.seq ?? t.seq + 1;
      if (f.since && f.since.epoch === t.epoch && f.since.seq >= first - 1) send({ t: 'd', topic: t.name, from: f.since.seq, seq: t.seq, ops: t.ring.filter((d) => d.seq > f.since.seq).flatMap((d) => d.ops) });
      else send({ t: 'snap', topic: t.name, epoch: t.epoch, seq: t.seq, rows: [...t.rows] });
    }
    if (f.t === 'cmd') send({ t: 'res', id: f.id, ...run(f.id, f.name, f.args, f.rev) });
  });
  socket.on('close', () => Object.values(topics).forEach((t) => t.subs.delete(socket)));
});
http.listen(port, '127.0.0.1', () => console.log(`mock on http://127.0.0.1:${port}`));
