// axe-core over every route and sheet, both themes and both languages, wide and narrow; and no page wider than its window.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { bookVisit, clientNamed, startCity } from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
let city, browser, master, spoken;
before(async () => {
  city = await startCity({ env: { CALLOUT__DISPATCH__AHEAD_MINUTES: '900' } });
  browser = await startBrowser();
  const dispatcher = await city.as('dispatcher1');
  for (const words of ['Столовая', 'Орлова', 'Кафе']) {
    const made = await bookVisit(dispatcher, await clientNamed(dispatcher, words));
    master ??= made.slot.master;
  }
  for (let n = 1; n <= 12; n++) {
    if ((await city.as(`master${n}`)).user.master !== master) continue;
    master = `master${n}`;
    break;
  }
  await (await city.as(master)).cmd('shift.start');
  // A call that nobody answered has messages and a history as well.
  await (await city.giveUp('+79120000399')).gone;
  const manager = await city.as('manager');
  for (let turn = 0; turn < 100 && !spoken; turn++) {
    spoken = (await manager.get('/api/calls')).calls[0]?.id;
    if (!spoken) await new Promise((ok) => setTimeout(ok, 100));
  }
});
after(async () => {
  await browser?.stop();
  await city?.stop();
});

/** Words that are cut off without a sign, or spill out of what holds them. */
const spilled = () => {
  const found = [];
  for (const el of document.querySelectorAll('button, a, label, th, dt, h1, h2, p, .chip, .btn, .kbd, .badge, [role=option], [role=tab]')) {
    const { overflowX, textOverflow, display } = getComputedStyle(el);
    if (display === 'inline' || !el.clientWidth || el.scrollWidth <= el.clientWidth + 1 || textOverflow === 'ellipsis' || /auto|scroll/.test(overflowX) || el.closest('.sr, .tl, canvas')) continue;
    // A child that ends in an ellipsis is cut on purpose.
    if ([...el.querySelectorAll('*')].some((child) => getComputedStyle(child).textOverflow === 'ellipsis')) continue;
    found.push(`${el.tagName.toLowerCase()}.${String(el.className).slice(0, 30)} «${el.textContent.trim().slice(0, 40)}» by ${el.scrollWidth - el.clientWidth} px`);
  }
  return found;
};
let looked = 0;

const routes = [
  ['the door', null, '/login', '.demo .card'],
  ['the operator without a call', 'operator1', '/op', '.teach'],
  ['the operator with a client', 'operator1', '/op', '.lists', async (p) => {
    await p.keyboard.press('F3');
    await p.keyboard.type('Столовая');
    await p.waitForSelector('.hits button');
    await p.keyboard.press('Enter');
    await p.waitForSelector('.card h1');
  }],
  ['a new client', 'operator1', '/op', '.lists', async (p) => {
    await p.keyboard.press('Insert');
    await p.waitForSelector('form.panel');
  }],
  ['the board', 'dispatcher1', '/board', '.tl .v'],
  ['the board’s past', 'dispatcher1', '/board', '.tl .v', async (p) => {
    await p.keyboard.press('KeyH');
    await p.waitForSelector('section.past input[type=range]');
  }],
  ['the board with a visit', 'dispatcher1', '/board', '.tl .v', async (p) => {
    await p.evaluate(() => document.querySelector('.tl .v').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0 })));
    await p.waitForSelector('.why .parts');
    await p.keyboard.press('KeyC');
    await p.waitForSelector('.cand');
  }],
  ['several visits chosen', 'dispatcher1', '/board', '.tl .v', async (p) => {
    await p.locator('.tl').focus();
    await p.keyboard.press('ArrowDown');
    await p.keyboard.press('Space');
    await p.waitForSelector('.chosen');
    await p.keyboard.press('KeyC');
    await p.waitForFunction(() => document.querySelector('.panel-in li') && !document.querySelector('.panel-in li.asking'));
  }],
  ['the view of the board', 'dispatcher1', '/board?group=skill', '.tl .v', async (p) => {
    await p.keyboard.press('KeyV');
    await p.waitForSelector('.views .menu');
  }],
  ['the overview', 'dispatcher1', '/board?show=overview', '.all canvas'],
  ['a master on the board', 'dispatcher1', '/board', '.tl .v', async (p) => {
    await p.evaluate(() => document.querySelector('.tl-side').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0 })));
    await p.waitForSelector('.off .btn');
  }],
  ['the day on paper', 'dispatcher1', '/board', '.tl .v', async (p) => {
    await p.keyboard.press('KeyP');
    await p.waitForSelector('.paper td');
  }],
  ['the palette', 'dispatcher1', '/board', '.tl .v', async (p) => {
    await p.keyboard.press('Control+KeyK');
    await p.keyboard.type('Столовая');
    await p.waitForSelector('dialog [role=group]');
  }],
  ['the map of keys', 'dispatcher1', '/board', '.tl .v', async (p) => {
    await p.keyboard.press('Shift+Slash');
    await p.waitForSelector('dialog h2');
  }],
  ['the supervisor’s page', 'manager', '/calls', '.crew li'],
  ['the messages of a call', 'manager', () => `/calls/${spoken}/ladder`, '.step', async (p) => {
    await p.keyboard.press('Tab');
  }],
  ['a call that is over', 'manager', () => `/calls/${spoken}`, '.detail dl'],
  ['the wall', 'manager', '/wall', '.wall .series'],
  ['the administrator', 'admin', '/admin', '.admin tbody td'],
  ['reports of calls', 'manager', '/calls/reports', '.reports tbody tr'],
  ['links to other programmes', 'admin', '/admin?tab=links', '.links .empty'],
  ['a new link', 'admin', '/admin?tab=links', '.links .empty', async (p) => {
    await p.locator('.links header .btn').click();
    await p.waitForSelector('dialog fieldset');
  }],
  ['the check of settings', 'admin', '/admin?tab=checkup', '.checkup li, .checkup .calm'],
  ['the company', 'admin', '/admin?tab=company', '.company form'],
  ['people, with the card of a master', 'admin', '/admin?tab=people', '.people .one', async (p) => {
    await p.locator('.people input').first().fill('master2');
    await p.locator('.people .one').first().click();
    await p.waitForSelector('.editor svg');
  }],
  ['zones, with one that is drawn', 'admin', '/admin?tab=zones', '.zones svg', async (p) => {
    await p.locator('.zones .btn.primary').click();
    await p.locator('.zones form .row .btn').nth(1).click();
    await p.waitForSelector('.corner');
  }],
  ['templates of work, empty', 'admin', '/admin?tab=templates', '.templates .empty'],
  ['a template of work', 'admin', '/admin?tab=templates', '.templates .empty', async (p) => {
    await p.locator('.templates .empty .btn.primary').click();
    await p.waitForSelector('.items li');
    await p.locator('.items select').first().selectOption('reading');
    await p.locator('.items select').nth(1).selectOption('choice');
  }],
  ['branches', 'admin', '/admin?tab=branches', '.branches li', async (p) => {
    await p.locator('.branches .btn.primary').click();
    await p.waitForSelector('.branches form svg, .branches form canvas');
  }],
  ['skills', 'admin', '/admin?tab=skills', '.skills li', async (p) => p.locator('.skills .btn.primary').click()],
  ['the phone', () => master, '/m', '.now'],
  ['a job on the phone', () => master, '/m', '.now', async (p) => {
    await p.click('.now .body');
    await p.waitForSelector('.job dl');
  }],
  ['the phone’s queue', () => master, '/m/queue', '.card h1'],
  ['the guide', 'operator1', '/guide', '.guide figure img'],
];
for (const [name, login, path, sign, act] of routes) {
  test(`${name} breaks no rule of access, and longer words fit`, async () => {
    const broken = [];
    for (const [dark, lang, width] of [[false, 'ru', 1440], [true, 'ru', 390], [false, 'en', 390], [true, 'en', 1440], [false, 'qa', 1440], [true, 'qa', 390]]) {
      const look = `${dark ? 'dark' : 'light'} ${lang} ${width}`;
      // One look at a time while something is being mended: LOOKS=qa.
      if (!look.includes(process.env.LOOKS ?? '')) continue;
      const p = await browser.page(city, typeof login === 'function' ? login() : login, { path: typeof path === 'function' ? path() : path, dark, lang, width, height: width < 500 ? 844 : 900 });
      await p.waitForSelector(sign, { state: 'attached' });
      await act?.(p);
      if (lang === 'qa') {
        const cut = await p.evaluate(spilled);
        broken.push(...cut.map((what) => `${look}: ${what}`));
      }
      // A colour on its way from one to another is neither of them.
      await p.evaluate(() => Promise.all(document.getAnimations().filter((a) => a instanceof CSSTransition).map((a) => a.finished.catch(() => {}))));
      await p.evaluate(axe);
      looked += 1;
      const { violations } = await p.evaluate((values) => window.axe.run({ runOnly: { type: 'tag', values } }), tags);
      broken.push(...violations.map((v) => `${look}: ${v.id} ×${v.nodes.length}: ${v.nodes[0].html.slice(0, 160)} — ${v.nodes[0].failureSummary.split('\n')[1]?.trim().slice(0, 160)}`));
      const over = await p.evaluate(() => Math.max(document.documentElement.scrollWidth, document.querySelector('main')?.scrollWidth ?? 0) - innerWidth);
      if (over > 0) {
        const widest = await p.evaluate(() => [...document.querySelectorAll('main *, header *')].filter((el) => el.getBoundingClientRect().right > innerWidth + 0.5 && !el.closest('.tl, nav, .strip, .sr')).slice(-1).map((el) => `${el.tagName.toLowerCase()}.${el.className} «${el.textContent.trim().slice(0, 30)}»`)[0]);
        broken.push(`${look}: ${over} px wider than the window, by ${widest}`);
      }
      await p.context().close();
    }
    assert.deepEqual(broken, []);
  });
}

test('that were all looks', (t) => {
  assert.ok(looked > 0);
  t.diagnostic(`▪ axe: ${routes.length} screens in ${looked} looks, light and dark, Russian, English and a longer pseudo-language, 1440 and 390 wide`);
});

test('no page has thrown', () => assert.deepEqual(browser.errors, []));
