// Walks each role's main path in a browser over the mock: call to booked visit by keys, moves on the board, the phone offline.
import assert from 'node:assert/strict';
import { rig } from './harness.mjs';

const { page, stop, errors, url } = await rig(5212);
const step = (text) => console.log(`ok  ${text}`);
try {
  // Operator: a call by keys only.
  let p = await page('operator', { path: '/op' });
  await fetch(`${url}/mock/ring`);
  await p.waitForSelector('.bar.ringing');
  assert.ok(await p.locator('.card h1').count(), 'the card is there before the answer');
  await p.focus('#symptom');
  let keys = 0;
  const press = async (k) => { keys += 1; await p.keyboard.press(k); };
  await press('Control+Space');
  await p.waitForSelector('.bar.talking');
  step('Ctrl+Space answers from a field');
  await p.locator('.unit').first().click();
  await press('ArrowDown');
  await press('Enter');
  await press('Enter');
  await p.waitForSelector('.slot');
  await press('Digit1');
  await p.waitForSelector('.booked');
  await press('Control+Space');
  assert.equal(await p.evaluate(() => document.activeElement?.classList.contains('bar')), true);
  await press('KeyX');
  await p.waitForFunction(() => !document.querySelector('.bar.talking'));
  await press('Control+Enter');
  await p.waitForSelector('.teach');
  step(`call to booked visit and outcome: ${keys} keystrokes and one click`);
  await fetch(`${url}/mock/ring?known=0`);
  await p.waitForSelector('form.panel');
  assert.match(await p.inputValue('form.panel input'), /912/);
  step('unknown number opens the form with the number');
  await p.context().close();

  // Dispatcher: keyboard move, conflict-free drop, drag from the tray.
  p = await page('dispatcher', { path: '/board' });
  const before = Number(await p.locator('.tray h2 span').textContent());
  await p.locator('.job').first().focus();
  await p.locator('.job').first().click();
  await p.keyboard.press('KeyM');
  await p.waitForSelector('.tl-ghost:not([hidden])');
  for (let i = 0; i < 23; i++) {
    await p.keyboard.press('ArrowDown');
    await p.waitForTimeout(230);
    const good = await p.locator('.tl-ghost.good').count();
    if (good) break;
  }
  await p.keyboard.press('Enter');
  await p.waitForTimeout(500);
  assert.equal(Number(await p.locator('.tray h2 span').textContent()), before - 1);
  step('M, arrows, Enter assign a visit');
  await p.keyboard.press('KeyN');
  await p.waitForSelector('.detail h1');
  step('N opens the next problem');
  await fetch(`${url}/mock/drop`);
  await p.waitForSelector('.badge.offline', { timeout: 3000 });
  await p.waitForSelector('.badge.live', { timeout: 6000 });
  step('a dropped link comes back by itself');
  await p.context().close();

  // Master: offline operations go out in order when the network returns.
  p = await page('master', { path: '/m', width: 390, height: 844 });
  await p.context().setOffline(true);
  await fetch(`${url}/mock/drop`);
  await p.waitForSelector('.sync.offline');
  await p.locator('.job-line').first().click();
  const seen = [];
  for (let i = 0; i < 4; i++) {
    const big = p.locator('.steps .big');
    if (!(await big.count())) break;
    seen.push((await big.textContent()).trim());
    await big.click();
    await p.waitForTimeout(150);
  }
  assert.ok(seen.length >= 3, `steps offline: ${seen}`);
  assert.match(await p.locator('.sync').textContent(), new RegExp(`${seen.length}`));
  await p.context().setOffline(false);
  await p.waitForFunction(() => /отправлено/.test(document.querySelector('.sync')?.textContent ?? ''), null, { timeout: 15000 });
  step(`offline steps went out in order: ${seen.join(', ')}`);
  await p.locator('form .big').click();
  await p.waitForTimeout(400);
  const sbp = p.locator('.ways .signal');
  if (await sbp.count()) {
    await sbp.click();
    await p.waitForSelector('.qr svg');
    await p.waitForSelector('.good-text', { timeout: 9000 });
    step('QR is shown, then the payment arrives');
  }
  await p.evaluate(() => navigator.serviceWorker.ready);
  await p.goto(`${url}/m`);
  await p.waitForSelector('.job-line');
  await p.waitForTimeout(1500);
  const count = await p.locator('.job-line').count();
  await p.context().setOffline(true);
  await p.reload();
  await p.waitForSelector('.job-line', { timeout: 5000 });
  assert.equal(await p.locator('.job-line').count(), count);
  step('the phone opens with its jobs and no network');
  await p.context().close();
  const shown = errors.filter((e) => !/ERR_INTERNET|ERR_FAILED|Failed to fetch|WebSocket/.test(e));
  assert.deepEqual(shown, []);
} finally {
  await stop();
}
