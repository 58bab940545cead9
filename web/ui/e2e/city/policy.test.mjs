// What the plan is weighed by: the manager chooses for usual days, a dispatcher calls an emergency, everybody sees both; by keys, clean to axe.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startCity } from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let city, browser, manager, dispatcher;
const shots = process.env.SHOTS;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  manager = await browser.page(city, 'manager', { path: '/board' });
  dispatcher = await browser.page(city, 'dispatcher1', { path: '/board' });
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});
const button = (p) => p.locator('.policy > button');

test('the manager chooses what counts on a usual day, and the dispatcher sees it and may not', async () => {
  await button(manager).click();
  await manager.getByRole('radio', { name: /Клиент важнее/ }).check();
  await button(dispatcher).filter({ hasText: 'Клиент важнее' }).waitFor();
  await button(dispatcher).click();
  await dispatcher.getByText('В обычный день решает руководитель.').waitFor();
  assert.ok(await dispatcher.getByRole('radio', { name: /Меньше дороги/ }).isDisabled());
});

test('a dispatcher calls an emergency by keys alone, and ends it', async () => {
  await dispatcher.getByLabel('Что случилось').focus();
  await dispatcher.keyboard.type('мороз, встали котлы');
  await dispatcher.keyboard.press('Tab');
  await dispatcher.keyboard.press('ArrowUp');
  await dispatcher.keyboard.press('Tab');
  await dispatcher.keyboard.press('Enter');
  await dispatcher.getByText('Аварийный режим начат').waitFor();
  await manager.locator('.policy .storm').waitFor();
  assert.match(await button(manager).getAttribute('aria-label'), /^Аварийный режим до \d\d:\d\d\.$/);
  await manager.keyboard.press('Escape');
  await button(manager).click();
  await manager.getByRole('button', { name: 'Закончить раньше' }).click();
  await button(dispatcher).filter({ hasText: 'Клиент важнее' }).waitFor();
});

test('the menu is clean to axe and fits a phone, by day and by night', async () => {
  for (const dark of [false, true]) {
    await manager.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    for (const [width, height] of [[1440, 900], [390, 844]]) {
      await manager.setViewportSize({ width, height });
      if (!(await manager.locator('.policy .menu').isVisible())) await button(manager).click();
      const box = await manager.locator('.policy .menu').boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width, `the menu hangs over at ${width}: ${JSON.stringify(box)}`);
      if (shots) await manager.screenshot({ path: `${shots}/policy-${width}${dark ? '-dark' : ''}.png` });
      await manager.evaluate(axe);
      const found = await manager.evaluate(() => window.axe.run('.policy', { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`)));
      assert.deepEqual(found, [], `${width} ${dark}`);
    }
  }
  assert.deepEqual(browser.errors, []);
});
