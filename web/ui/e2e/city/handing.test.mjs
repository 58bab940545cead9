// A call handed over from the call bar: keys pressed in it, a master asked outside the house, the two who go on without us,
// a queue; what the supervisor sees of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

let city, browser, p, boss;
before(async () => {
  city = await startCity({ outside: true });
  browser = await startBrowser();
  p = await browser.page(city, 'operator1', { path: '/op' });
  boss = await browser.page(city, 'manager', { path: '/calls' });
  await p.waitForSelector('.leg.ready');
  await p.click('.buttons .primary');
  await p.waitForSelector('.state i.ready');
});
after(async () => {
  if (process.env.SHOT) await p.screenshot({ path: process.env.SHOT });
  await browser?.stop();
  await city?.stop();
});
const button = (text) => p.locator('.buttons .btn', { hasText: text });
async function talk(number) {
  const call = await city.ring(number);
  await p.waitForSelector('.bar.ringing', { timeout: 60_000 });
  await p.click('.buttons .signal');
  await p.waitForSelector('.bar.talking');
  return call;
}
const dispose = async () => {
  await p.keyboard.press('Control+Enter');
  await p.waitForSelector('.state i.ready');
};

test('keys are pressed by mouse and keyboard, and digits do nothing else meanwhile', async () => {
  await talk('+79120000501');
  await p.keyboard.press('Control+Space');
  await p.keyboard.press('KeyK');
  await p.waitForSelector('.pad');
  for (const key of ['Digit1', 'Shift+Digit8', 'Digit5']) await p.keyboard.press(key);
  await p.locator('.keys .btn', { hasText: '#' }).click();
  assert.equal(await p.locator('.pad output').textContent(), '1*5#');
  await p.waitForTimeout(500);
  assert.equal(await p.locator('.toast.bad').count(), 0, 'every key was taken');
  await p.keyboard.press('Escape');
  await p.waitForSelector('.pad', { state: 'detached' });
  assert.ok(await p.evaluate(() => document.activeElement.classList.contains('bar')), 'back in the call bar');
});

test('a master is asked by name, given the client, and the operator writes it down while they talk', async () => {
  await p.keyboard.press('KeyT');
  await p.fill('.give input', 'Петров');
  await p.locator('.give li', { hasText: 'мастер' }).first().waitFor();
  const name = (await p.locator('.give li[aria-selected=true] b').textContent()).trim();
  await p.keyboard.press('Enter');
  await p.locator('.who', { hasText: `Звоним: ${name}` }).waitFor();
  await p.locator('.who', { hasText: `На линии: ${name}` }).waitFor();
  await boss.locator('.live .with', { hasText: name }).waitFor();
  await p.locator('.buttons .primary', { hasText: 'Передать' }).click();
  await p.waitForSelector('.state i.wrap_up');
  await p.locator('.away', { hasText: name }).waitFor();
  await boss.locator('.live li', { hasText: 'говорят без нас' }).waitFor();
  await dispose();
  await boss.locator('.live li', { hasText: 'говорят без нас' }).waitFor();
  // the master hangs up: the call leaves the line and stands written down
  await boss.locator('.history li', { hasText: '000-05-01' }).waitFor();
  await boss.locator('.history li button', { hasText: '000-05-01' }).click();
  await boss.locator('.detail li', { hasText: 'Передан вне дома' }).waitFor();
});

test('a client is sent into a queue by its name', async () => {
  const call = await talk('+79120000502');
  await button('Передать…').click();
  await p.fill('.give input', 'spo');
  await p.waitForFunction(() => document.querySelectorAll('.give li b').length === 1 && document.querySelector('.give li b').textContent === 'spoken');
  await p.keyboard.press('Enter');
  await p.waitForSelector('.bar:not(.talking)');
  await p.waitForSelector('.bar.ringing', { timeout: 60_000 });
  await p.click('.buttons .signal');
  await p.waitForSelector('.bar.talking');
  await button('Завершить').click();
  await p.waitForSelector('.state i.wrap_up');
  await dispose();
  await call.gone;
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
