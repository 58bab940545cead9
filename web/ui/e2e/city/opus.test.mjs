// A real browser speaks Opus with a telephone that knows G.711 alone: sound goes both ways, through one turn of codecs and back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p;
/** Every connection the page makes is kept where the test can ask it. */
const keepConnections = () => {
  const Native = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      window.connections.push(this);
    }
  };
};
/** What the browser says and hears: codecs, packets and the energy of the sound, of the microphone and of the line. */
const sounds = () => p.evaluate(async () => {
  const stats = [...await window.connections.at(-1).getStats()].map(([, entry]) => entry);
  const of = (type) => stats.find((entry) => entry.type === type && entry.kind === 'audio');
  const codec = (entry) => stats.find((other) => other.id === entry?.codecId)?.mimeType;
  const [said, heard, source] = [of('outbound-rtp'), of('inbound-rtp'), of('media-source')];
  return {
    speaks: codec(said), hears: codec(heard), sent: said?.packetsSent ?? 0, received: heard?.packetsReceived ?? 0,
    spoken: source?.totalAudioEnergy ?? 0, heard: heard?.totalAudioEnergy ?? 0, concealed: heard?.concealedSamples ?? 0, samples: heard?.totalSamplesReceived ?? 0,
  };
});
/** Asks until it is so; a busy machine is slow, not wrong. */
async function until(what, check) {
  for (let turn = 0; turn < 240; turn++) {
    const found = await sounds();
    if (check(found)) return found;
    await new Promise((ok) => setTimeout(ok, 250));
  }
  assert.fail(`${what}: ${JSON.stringify(await sounds())}`);
}
before(async () => {
  city = await startCity({ env: { CALLOUT__BROWSER__CODEC: 'opus' } });
  browser = await startBrowser();
  p = await browser.page(city, 'operator1', { path: '/op', init: keepConnections });
  await p.waitForSelector('.leg.ready');
  await p.click('.buttons .primary');
  await p.waitForSelector('.state i.ready');
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});

test('the operator and a telephone of G.711 hear each other', async () => {
  // the telephone says whatever it hears: what the browser hears has gone to it and come back
  await city.ring('+79123450001', undefined, { echo: true });
  await p.waitForSelector('.bar.ringing');
  await p.keyboard.press('Control+Space');
  await p.waitForSelector('.bar.talking');
  const first = await until('the first packets', (now) => now.sent > 0 && now.received > 0);
  assert.deepEqual([first.speaks, first.hears], ['audio/opus', 'audio/opus']);
  // longer than between two reports of the line, so that both legs are rated
  const later = await until('a talk of nine seconds', (now) => now.sent >= first.sent + 450 && now.received >= first.received + 450);
  assert.ok(later.spoken > first.spoken, `the microphone is silent: ${JSON.stringify({ first, later })}`);
  assert.ok(later.heard > first.heard, `nothing is heard: ${JSON.stringify({ first, later })}`);
  const energy = later.heard - first.heard;
  assert.ok(energy > 1e-4, `what is heard is hardly a sound: ${energy}`);
  if (process.env.SHOTS) await p.screenshot({ path: `${process.env.SHOTS}/opus.png` });
});

test('each side of the talk is told with the codec it spoke', async () => {
  await p.waitForFunction(() => document.activeElement !== null);
  await p.keyboard.press('Control+Space');
  await p.waitForFunction(() => document.activeElement?.classList.contains('bar'));
  await p.keyboard.press('KeyX');
  await p.waitForSelector('.bar:not(.talking) .state i.wrap_up');
  const manager = await city.as('manager');
  let call;
  // it is in the book of calls once all of it is written down
  while (!(call = (await manager.get('/api/calls')).calls.find((it) => JSON.stringify(it).includes('9123450001')))) await p.waitForTimeout(100);
  const sounded = (await manager.get(`/api/calls/${call.id}/events`)).findLast(({ name }) => name === 'call.sounded');
  assert.deepEqual([sounded.data.sides.caller.codec, sounded.data.sides.operator.codec], ['pcma', 'opus']);
  const { messages } = await manager.get(`/api/calls/${call.id}/trace`);
  assert.deepEqual(messages.find(({ title }) => title === '200 OK').codecs, ['PCMA']);
  assert.deepEqual(browser.errors, []);
});
