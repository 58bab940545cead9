// An operator for the whole-product scenarios: signs in, gets ready, then does what each line of its input says and
// prints what it sees. Usage: node operator.mjs URL LOGIN MICROPHONE.wav
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [url, login, microphone] = process.argv.slice(2);
const say = (text) => process.stdout.write(`${text}\n`);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
    '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${microphone}`,
    // The microphone is a pure tone, and what it hears is another: nothing here is an echo or a noise.
    '--disable-features=WebRtcHideLocalIpsWithMdns,ChromeWideEchoCancellation',
  ],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'ru-RU', permissions: ['microphone'] });
// The browser's own cleaning of the microphone would take a pure tone for noise.
await context.addInitScript(() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = () =>
    ask({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 } });
});
const signed = await context.request.post(`${url}/api/login`, { data: { login, password: 'demo' } });
if (!signed.ok()) throw new Error(`${login} was not let in: ${signed.status()}`);
const page = await context.newPage();
page.on('pageerror', (error) => say(`trouble ${error.message}`));

/** The loudest frequency of what the speaker plays, in hertz; 0 while it is silent. */
const loudest = () =>
  page.evaluate(async () => {
    const stream = document.querySelector('audio')?.srcObject;
    if (!stream) return 0;
    if (window.heard?.stream !== stream) {
      const audio = new AudioContext();
      const analyser = audio.createAnalyser();
      analyser.fftSize = 8192;
      audio.createMediaStreamSource(stream).connect(analyser);
      window.heard = { stream, audio, analyser, bins: new Float32Array(analyser.frequencyBinCount) };
    }
    const { audio, analyser, bins } = window.heard;
    analyser.getFloatFrequencyData(bins);
    const top = bins.indexOf(Math.max(...bins));
    return bins[top] > -60 ? (top * audio.sampleRate) / analyser.fftSize : 0;
  });

async function ready() {
  await page.waitForSelector('.leg.ready', { timeout: 60_000 });
  const off = page.locator('.buttons .btn.primary.wide');
  if (await off.count()) await off.click();
  await page.waitForSelector('.state i.ready', { timeout: 60_000 });
  say('ready');
}
const deeds = {
  async ready() {
    await ready();
  },
  async answer() {
    await page.waitForSelector('.bar.ringing', { timeout: 60_000 });
    say(`ringing ${await page.locator('.bar .name').textContent()}`);
    await page.locator('.buttons .btn.signal').click();
    await page.waitForSelector('.bar.talking', { timeout: 60_000 });
    say('talking');
  },
  async heard(hertz) {
    for (;;) {
      const found = await loudest();
      if (Math.abs(found - Number(hertz)) < 15) return say(`heard ${Math.round(found)}`);
      await page.waitForTimeout(50);
    }
  },
  async reload() {
    await page.reload();
    await page.waitForSelector('.bar.talking', { timeout: 60_000 });
    await page.waitForSelector('.leg.ready', { timeout: 60_000 });
    say('talking again');
  },
  async hangup() {
    await page.locator('.buttons .btn.danger').click();
    await page.waitForFunction(() => !document.querySelector('.bar.talking'));
    say('over');
  },
};

try {
  await page.goto(`${url}/op`);
  for await (const line of createInterface({ input: process.stdin })) {
    const [deed, ...args] = line.trim().split(' ');
    await deeds[deed](...args);
  }
} catch (error) {
  say(`trouble ${error.message.split('\n')[0]}`);
} finally {
  await browser.close();
}
