// Starts a quiet demo city on free ports over a temporary folder, and signs people in without a browser.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
/** Ports of servers lie below those that the system gives to outgoing connections, which could take one before the server does. */
let next = 30_000 + (process.pid % 2_700);
const turn = () => (next = next >= 32_699 ? 30_000 : next + 1);
const hears = (probe, listen) => new Promise((ok) => {
  probe.once('error', () => ok(false));
  listen(() => probe.close(() => ok(true)));
});
const isFree = async (port) => {
  const [tcp, udp] = [createServer(), createSocket('udp4')];
  return (await hears(tcp, (up) => tcp.listen(port, '127.0.0.1', up))) && (await hears(udp, (up) => udp.bind(port, '127.0.0.1', up)));
};
/** A port that nobody has, neither for connections nor for datagrams. */
async function freePort() {
  for (let tried = 0; tried < 2_700; tried++) {
    const port = turn();
    if (await isFree(port)) return port;
  }
  throw new Error('no port of 30000…32699 is free');
}

/** Ports that nobody has: `http`, `sip` and `webrtc`. */
export const freePorts = async () => ({ http: await freePort(), sip: await freePort(), webrtc: await freePort() });

/** `CALLOUT_BIN` names the server; the default is where Cargo builds it. */
export const binary = process.env.CALLOUT_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/callout');

/** A running city: its addresses, `as(login)` for calls over HTTP, `ring` for a call by telephone, and `stop`. */
export async function startCity({ lapse = 1, quiet = true, size = 's', env = {}, outside = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'callout-city-'));
  // A provider for calls out: whoever is dialled by it answers, and hangs up after a while.
  const provider = outside ? await freePort() : 0;
  const settings = join(folder, 'provider.toml');
  if (outside) writeFileSync(settings, `[[trunk]]\nname = "mobile"\ndids = ["+73422000009"]\noutbound = "127.0.0.1:${provider}"\n`);
  const [http, sip, webrtc] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  let said = '';
  const child = spawn(binary, [...(outside ? ['--config', settings] : []), 'demo', ...(quiet ? ['--quiet'] : []), '--data', folder, '--size', size, '--lapse', String(lapse)], {
    env: { ...process.env, CALLOUT__HTTP__LISTEN: `127.0.0.1:${http}`, CALLOUT__SIP__LISTEN: `127.0.0.1:${sip}`, CALLOUT__SIP__WEBRTC_PORT: String(webrtc), CALLOUT__SIP__MEDIA_PORTS: '[0, 0]', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const hear = (chunk) => (said = (said + chunk).slice(-4000));
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const gone = new Promise((ok) => child.once('exit', ok).once('error', (error) => { hear(error.message); ok(); }));
  const callers = new Set();
  const stop = async () => {
    for (const caller of callers) caller.kill();
    child.kill();
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let asked = 0; ; asked++) {
    const open = await fetch(`${url}/api/health`).then((answer) => answer.ok, () => false);
    if (open) break;
    if (asked > 600 || child.exitCode !== null) {
      await stop();
      throw new Error(`\`${binary}\` did not open:\n${said}`);
    }
    await new Promise((ok) => setTimeout(ok, 100));
  }
  if (outside) callers.add(spawn('sipp', ['-sf', fileURLToPath(new URL('../../../../tests/sip/answer.xml', import.meta.url)), '-i', '127.0.0.1', '-p', String(provider), '-mi', '127.0.0.1', '-mp', String(await freePort()), '-nostdin'], { stdio: 'ignore' }));
  const people = new Map();
  return { url, sip, said: () => said, stop, as: (login, password, chosen) => person(url, people, login, password, chosen), forget: (login) => people.delete(login), ring: (number, did, how) => call(sip, './ring.xml', number, callers, did, how), giveUp: (number) => call(sip, '../../../../tests/sip/give_up.xml', number, callers) };
}

/** A house that nobody has set up: its address, the link of its first run, and the same as a city has. */
export async function startEmpty({ env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'callout-empty-'));
  const [http, sip, webrtc] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const people = new Map();
  const house = { url, folder, as: (login, password, chosen) => person(url, people, login, password, chosen) };
  house.open = async () => {
    let said = '';
    const child = spawn(binary, ['server'], {
      env: { ...process.env, CALLOUT__HTTP__LISTEN: `127.0.0.1:${http}`, CALLOUT__SIP__LISTEN: `127.0.0.1:${sip}`, CALLOUT__SIP__WEBRTC_PORT: String(webrtc), CALLOUT__SIP__MEDIA_PORTS: '[0, 0]', CALLOUT__STORE__URL: `"surrealkv://${folder}/store?sync=every"`, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (chunk) => (said = (said + chunk).slice(-4000));
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const gone = new Promise((ok) => child.once('exit', ok).once('error', ok));
    house.close = async () => { child.kill(); await gone; people.clear(); };
    for (let asked = 0; ; asked++) {
      const ready = await fetch(`${url}/api/health`).then((answer) => answer.ok, () => false);
      if (ready) break;
      if (asked > 600 || child.exitCode !== null) throw new Error(`\`${binary}\` did not open:\n${said}`);
      await new Promise((ok) => setTimeout(ok, 100));
    }
    house.link = /http\S+\/first\?key=\S+/.exec(said)?.[0] ?? null;
  };
  house.stop = async () => { await house.close(); rmSync(folder, { recursive: true, force: true }); };
  await house.open();
  return house;
}

async function person(url, people, login, password = 'demo', chosen = undefined) {
  if (people.has(login)) return people.get(login);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/login`, { method: 'POST', headers, body: JSON.stringify({ login, password, chosen }) });
  if (!answer.ok) throw new Error(`login of \`${login}\`: ${answer.status}`);
  const cookie = answer.headers.get('set-cookie').split(';')[0];
  const { user } = await answer.json();
  const get = async (path) => (await fetch(url + path, { headers: { cookie } })).json();
  const cmd = async (name, args = {}, rev = undefined, turns = 5) => {
    const done = await fetch(`${url}/api/cmd`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify({ id: crypto.randomUUID(), name, args, rev }) });
    const body = await done.json();
    // A test is quicker than hands: the house asks it to wait.
    if (done.status === 429 && turns > 0) {
      await new Promise((ok) => setTimeout(ok, 1000));
      return cmd(name, args, rev, turns - 1);
    }
    if (!done.ok) throw Object.assign(new Error(`${name}: ${done.status} ${body.detail}`), { problem: body });
    return body.ok;
  };
  const found = { user, cookie, get, cmd };
  people.set(login, found);
  return found;
}

/** A client rings from `number` and does what the scenario says: hangs on until the house hangs up, or gives up; an echo says what it hears. */
async function call(sip, script, number, callers, did = '+73422000000', { echo = false } = {}) {
  const scenario = fileURLToPath(new URL(script, import.meta.url));
  const caller = spawn('sipp', ['-sf', scenario, '-m', '1', '-i', '127.0.0.1', '-p', String(await freePort()), '-mi', '127.0.0.1', '-mp', String(await freePort()),
    '-key', 'caller', number, '-key', 'ear', '9', '-key', 'service', did, '-s', did, ...(echo ? ['-rtp_echo'] : []), '-nostdin', `127.0.0.1:${sip}`], { stdio: 'ignore' });
  callers.add(caller);
  const gone = new Promise((ok) => caller.once('exit', ok).once('error', ok));
  return { gone };
}

/** A client of the town by the beginning of the name, with the whole card. */
export async function clientNamed(who, words) {
  const { found } = await who.get(`/api/clients?q=${encodeURIComponent(words)}`);
  if (!found.length) throw new Error(`nobody is called \`${words}\``);
  return who.get(`/api/clients/${found[0].id}`);
}

/** Books a visit for a client's unit of a kind, with `paid` one that nobody else pays for; null when there is none. */
export async function bookVisit(who, card, { kind = /./, symptom = 'Не включается', master = null, book = true, paid = false } = {}) {
  const fits = (u) => kind.test(u.kind) && (!paid || (!u.agreement && !(u.warranty_until > Date.now())));
  const point = card.points.find((p) => p.units.some(fits));
  if (!point) return null;
  const unit = point.units.find(fits);
  const made = await who.cmd('request.register', { client: card.id, point: point.id, unit: unit?.id, kind: 'repair', symptom, priority: 'normal' });
  if (!book) return { ...made, slot: null };
  const slot = made.offers.find((o) => !master || o.master === master) ?? made.offers[0];
  await who.cmd('request.book', { visit: made.visit, from: slot.from, to: slot.to, master: slot.master });
  return { ...made, slot };
}
