// Starts the mock over the built files and a headless Chromium; shared by the browser scripts.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export async function rig(port = 5210, env = {}) {
  const mock = spawn(process.execPath, [fileURLToPath(new URL('../mock/server.mjs', import.meta.url))], { env: { ...process.env, ...env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => mock.kill());
  await new Promise((ok) => mock.stdout.once('data', ok));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--autoplay-policy=no-user-gesture-required'],
  });
  const url = `http://127.0.0.1:${port}`;
  const errors = [];
  /** A page signed in as `role`, at a size and in a theme. */
  async function page(role, { width = 1440, height = 900, dark = false, lang = 'ru', path = '', init = null } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: 'ru-RU' });
    if (role) await context.addCookies([{ name: 'session', value: role, url }]);
    await context.addInitScript((l) => localStorage.setItem('lang', l), lang);
    if (init) await context.addInitScript(init);
    const p = await context.newPage();
    p.on('pageerror', (e) => errors.push(`${role} ${path}: ${e.message}`));
    p.on('console', (m) => m.type() === 'error' && !/401|503/.test(m.text()) && errors.push(`${role} ${path}: ${m.text()}`));
    await p.goto(url + path);
    await p.waitForTimeout(900);
    return p;
  }
  const stop = async () => {
    await browser.close();
    mock.kill();
  };
  return { url, page, stop, errors };
}
