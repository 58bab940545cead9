// One headless Chromium for the browser tests: pages signed in by cookie, errors of pages gathered.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { recorder } from './strokes.mjs';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required'];

/** The browser to use; `CHROMIUM` names another than Debian's. */
export const chromiumPath = () => [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));

export async function startBrowser() {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: flags });
  const errors = [];
  /** A page of a city, signed in as `login` when one is given. */
  async function page(city, login, { width = 1440, height = 900, dark = false, lang = 'ru', path = '/', init = null, apart = false } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: 'ru-RU', permissions: ['microphone'], reducedMotion: 'reduce' });
    // A busy machine is slow, not wrong.
    context.setDefaultTimeout(Number(process.env.CALLOUT_PATIENCE_MS ?? 30_000));
    await context.addInitScript(recorder);
    await context.addInitScript((l) => localStorage.setItem('lang', l), lang);
    if (login) {
      const [name, value] = (await city.as(login)).cookie.split('=');
      await context.addCookies([{ name, value, url: city.url }]);
    }
    if (init) await context.addInitScript(init);
    const p = await context.newPage();
    // The line of the page can be cut and joined: `setOffline` alone leaves an open socket open. A page that begins apart has
    // the server's answers, and no line before it is joined.
    const lines = new Set();
    let joined = !apart;
    if (!init) await p.routeWebSocket('**/ws', (line) => {
      if (!joined) return void line.close({ code: 3000 });
      line.connectToServer();
      lines.add(line);
    });
    p.cut = async () => {
      joined = false;
      await context.setOffline(true);
      for (const line of lines) await line.close({ code: 3000 });
      lines.clear();
    };
    p.join = async () => {
      joined = true;
      await context.setOffline(false);
    };
    p.on('pageerror', (e) => errors.push(`${login} ${path}: ${e.message}`));
    await p.goto(city.url + path);
    return p;
  }
  /** A context of somebody who has not signed in. */
  const plain = ({ width, height, ...more }) => browser.newContext({ viewport: { width, height }, locale: 'ru-RU', ...more });
  return { page, plain, errors, stop: () => browser.close() };
}
