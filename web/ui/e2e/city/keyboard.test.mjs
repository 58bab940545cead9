// Every workplace without a mouse: the door, a walk through all that can be focused, and focus that is seen and not hidden.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';

let city, browser;
before(async () => {
  city = await startCity();
  browser = await startBrowser();
  const dispatcher = await city.as('dispatcher1');
  for (const words of ['Столовая', 'Кафе']) await bookVisit(dispatcher, await clientNamed(dispatcher, words));
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});

/** What has the focus: named, seen on the screen, with a ring around it, under nothing else. */
const focused = () => {
  const el = document.activeElement;
  if (!el || el === document.body) return null;
  const box = el.getBoundingClientRect();
  const ring = (node) => node && (getComputedStyle(node).outlineStyle !== 'none' || (node.matches(':focus-within') && node !== document.documentElement && ring(node.parentElement)));
  const [x, y] = [Math.min(innerWidth - 1, Math.max(0, box.left + Math.min(box.width / 2, 12))), Math.min(innerHeight - 1, Math.max(0, box.top + Math.min(box.height / 2, 12)))];
  const top = document.elementFromPoint(x, y);
  return {
    name: `${el.tagName.toLowerCase()}${el.id ? `#${el.id}` : ''}.${String(el.className).split(' ')[0]} «${(el.getAttribute('aria-label') ?? el.textContent ?? '').trim().slice(0, 30)}»`,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    ring: !!ring(el),
    free: !!top && (el.contains(top) || top.contains(el)),
  };
};

for (const [login, path, sign] of [['operator1', '/op', '.lists'], ['dispatcher1', '/board', '.tl .v'], ['manager', '/wall', '.wall .tile'], ['admin', '/board', '.tl .v'], ['master1', '/m', '.phone']]) {
  test(`${login} comes in and walks the whole screen with Tab alone`, async (t) => {
    const p = await browser.page(city, null, { path: '/login', width: path === '/m' ? 390 : 1440, height: path === '/m' ? 844 : 900 });
    await p.waitForSelector('input[type=password]');
    for (let n = 0; n < 40 && !(await p.evaluate(() => document.activeElement?.getAttribute('autocomplete') === 'username')); n++) await p.keyboard.press('Tab');
    await p.keyboard.type(login);
    await p.keyboard.press('Tab');
    await p.keyboard.type('demo');
    await p.keyboard.press('Enter');
    await p.waitForURL(`**${path}**`);
    await p.waitForSelector(sign);
    await p.evaluate(() => document.activeElement?.blur());
    const stops = [];
    const broken = [];
    for (let n = 0; n < 150; n++) {
      await p.keyboard.press('Tab');
      const at = await p.evaluate(focused);
      if (!at || (stops.length > 2 && at.name === stops[0])) break;
      stops.push(at.name);
      for (const rule of ['seen', 'ring', 'free']) if (!at[rule]) broken.push(`${at.name}: not ${rule}`);
    }
    assert.ok(stops.length >= 3 && stops.length < 150, `${stops.length} stops: ${stops.slice(-5).join(' → ')}`);
    assert.deepEqual(broken, []);
    assert.equal(await p.evaluate(() => window.__strokes.mouse), 0);
    t.diagnostic(`▪ keyboard, ${login}: ${stops.length} stops of Tab, all seen, ringed and not covered`);
    await p.context().close();
  });
}

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
