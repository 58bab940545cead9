// How long nobody hears anybody when the operator's page is loaded anew in the middle of a talk, and how long after the click
// on «answer» both are heard: an operator in Chromium, a caller of sipp's signalling whose ear and mouth are a socket here.
// Usage: node e2e/bench/reload.mjs   (RELOADS 50, ANSWERS 15; CALLOUT_BIN names the server)
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { startBrowser } from '../city/browser.mjs';
import { startCity } from '../city/server.mjs';
import { load, percentile } from './figures.mjs';

const RELOADS = Number(process.env.RELOADS ?? 50);
const ANSWERS = Number(process.env.ANSWERS ?? 15);
const PACKET = 160;
const wait = (ms) => new Promise((ok) => setTimeout(ok, ms));

/** A caller's mouth and ear: speaks a loud A-law square wave, and notes when something else than silence comes. */
async function ear() {
  const socket = createSocket('udp4');
  await new Promise((ok) => socket.bind(0, '127.0.0.1', ok));
  let to = null;
  let sequence = 0;
  const heard = [];
  socket.on('message', (packet, from) => {
    to = from;
    const sound = packet.subarray(12);
    // A-law silence is 0xd5 and 0x55 and their neighbours; the browser's microphone beeps, and hums a little between.
    let loud = 0;
    for (const byte of sound) if (((byte ^ 0x55) & 0x7f) > 8) loud += 1;
    heard.push({ at: performance.timeOrigin + performance.now(), loud: loud > 4 });
  });
  const packet = Buffer.alloc(12 + PACKET);
  packet[0] = 0x80;
  packet[1] = 8;
  packet.writeUInt32BE(0x0badcafe, 8);
  for (let i = 0; i < PACKET; i++) packet[12 + i] = i % 16 < 8 ? 0xaa : 0x2a;
  const ticker = setInterval(() => {
    if (!to) return;
    packet.writeUInt16BE(++sequence & 0xffff, 2);
    packet.writeUInt32BE((sequence * PACKET) >>> 0, 4);
    socket.send(packet, to.port, to.address);
  }, 20);
  const { port } = socket.address();
  return { port, heard, stop: () => (clearInterval(ticker), socket.close()) };
}

function ring(sip, number, port) {
  const scenario = fileURLToPath(new URL('../../../../tests/sip/ring.xml', import.meta.url));
  const child = spawn('sipp', ['-sf', scenario, '-m', '1', '-i', '127.0.0.1', '-s', '+73422000000', '-key', 'caller', number, '-key', 'ear', String(port), '-nostdin', `127.0.0.1:${sip}`], { stdio: 'ignore' });
  return { child, gone: new Promise((ok) => child.once('exit', ok)) };
}

/** In the page: a microphone that never falls silent, and the instants at which packets of the other side are played. */
const init = () => {
  const context = new AudioContext();
  const hum = context.createOscillator();
  const out = context.createMediaStreamDestination();
  hum.frequency.value = 880;
  hum.connect(out);
  hum.start();
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  // What asking costs is part of the measure; what is said is a tone.
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const real = await ask(wanted);
    real.getTracks().forEach((track) => track.stop());
    return out.stream;
  };
  const R = window.RTCPeerConnection;
  window.pcs = [];
  window.RTCPeerConnection = class extends R {
    constructor(...args) {
      super(...args);
      window.pcs.push(this);
    }
  };
  const look = async () => {
    for (const pc of window.pcs) {
      if (pc.signalingState === 'closed') continue;
      for (const s of (await pc.getStats()).values()) {
        if (s.type === 'inbound-rtp' && s.audioLevel > 0.02 && !window.firstHeard) window.firstHeard = performance.timeOrigin + performance.now();
      }
    }
    setTimeout(look, 10);
  };
  void look();
};

const city = await startCity();
const browser = await startBrowser();
const mouth = await ear();
const p = await browser.page(city, 'operator1', { path: '/op', init });
await p.waitForSelector('.leg.ready');
await p.click('.buttons .primary');
await p.waitForSelector('.state i.ready');
const loudSince = (at) => mouth.heard.find((h) => h.at >= at && h.loud)?.at;
async function until(look, ms = 10_000) {
  for (const end = Date.now() + ms; Date.now() < end; await wait(5)) {
    const found = await look();
    if (found) return found;
  }
  return null;
}
async function over(call) {
  await p.click('.buttons .danger');
  await p.waitForSelector('.state i.wrap_up');
  await p.keyboard.press('Control+Enter');
  await p.waitForSelector('.state i.ready');
  await call.gone;
}
/** From the click to the first loud packet at the caller, and to the first sound at the page: the later of both. */
async function answer(call, before = async () => {}) {
  await p.waitForSelector('.bar.ringing', { timeout: 60_000 });
  await before();
  const clicked = await p.evaluate(() => {
    window.firstHeard = 0;
    const at = performance.timeOrigin + performance.now();
    document.querySelector('.buttons .signal').click();
    return at;
  });
  const there = await until(() => loudSince(clicked));
  const here = await until(() => p.evaluate(() => window.firstHeard || null));
  await p.waitForSelector('.bar.talking');
  return there && here ? { both: Math.max(there, here) - clicked, there: there - clicked, here: here - clicked } : null;
}

const figures = { warm: [], cold: [], gap: [], back: [] };
let lost = 0;
for (let n = 0; n < ANSWERS; n++) {
  const warm = ring(city.sip, `+7912000${1000 + n}`, mouth.port);
  const took = await answer(warm);
  if (took) figures.warm.push(took.both);
  else lost += 1;
  await over(warm);
  // Cold: the page is opened anew while it rings, and the click comes as soon as there is a button.
  const cold = ring(city.sip, `+7912000${2000 + n}`, mouth.port);
  const late = await answer(cold, async () => {
    await p.reload({ waitUntil: 'commit' });
    await p.waitForSelector('.bar.ringing .signal');
  });
  if (late) figures.cold.push(late.both);
  else lost += 1;
  await over(cold);
}
const call = ring(city.sip, '+79120003000', mouth.port);
await answer(call);
for (let n = 0; n < RELOADS; n++) {
  await wait(400);
  const before = performance.timeOrigin + performance.now();
  await p.reload({ waitUntil: 'commit' });
  const here = await until(() => p.evaluate(() => window.firstHeard || null).catch(() => null), 15_000);
  const back = here && (await until(() => loudSince(here), 15_000));
  if (!back) {
    lost += 1;
    continue;
  }
  await wait(250);
  // The gap is the longest time between two packets with the operator's voice in them.
  const loud = mouth.heard.filter((h) => h.loud && h.at > before - 200).map((h) => h.at);
  figures.gap.push(Math.max(...loud.slice(1).map((at, i) => at - loud[i])));
  figures.back.push(here - before);
  await p.waitForSelector('.bar.talking');
  mouth.heard.splice(0, Math.max(0, mouth.heard.length - 50));
}
const alive = await p.locator('.bar.talking').count();
if (!alive) lost += 1;
else await over(call);
for (const [name, words] of [['warm', 'answer → both hear, warm leg'], ['cold', 'answer → both hear, page just loaded'], ['gap', 'reload in mid-call, silence at the caller'], ['back', 'reload in mid-call, until the page plays']]) {
  const values = figures[name];
  console.log(`${words.padEnd(44)} p50 ${percentile(values, 0.5).toFixed(0).padStart(5)} ms   p95 ${percentile(values, 0.95).toFixed(0).padStart(5)} ms   most ${Math.max(...values).toFixed(0).padStart(5)} ms   of ${values.length}`);
}
console.log(`calls lost: ${lost}; load average ${load()}`);
mouth.stop();
await browser.stop();
await city.stop();
process.exit(lost ? 1 : 0);
