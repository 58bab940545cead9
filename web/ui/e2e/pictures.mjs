// Takes the pictures of docs/pictures from a living city: every workplace, wide and narrow, light and dark.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startBrowser } from './city/browser.mjs';
import { startCity } from './city/server.mjs';

const out = process.argv[2] ?? fileURLToPath(new URL('../../../docs/pictures', import.meta.url));
mkdirSync(out, { recursive: true });
const city = await startCity({ quiet: false, lapse: 60 });
/** A house where nobody rings but us: a call comes when the picture needs it, to the one who is photographed. */
let calm = null;
const calmHouse = async () => (calm ??= await startCity({ outside: true }));
const browser = await startBrowser();
const sizes = { wide: [1440, 900], narrow: [390, 844] };
const until = async (run, turns) => {
  for (let i = 0; i < turns; i++) {
    if (await run()) return true;
    await new Promise((ok) => setTimeout(ok, 1000));
  }
  return false;
};
const scenes = {
  login: { path: '/login', ready: '.demo .card' },
  board: {
    login: 'dispatcher1', path: '/board', ready: '.tl .v',
    act: async (p, narrow) => {
      if (narrow) return;
      await p.evaluate(() => (document.querySelector('.tl .v.s-accepted, .tl .v.s-planned, .tl .v.s-confirmed') ?? document.querySelector('.tl .v')).dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0 })));
      await p.waitForSelector('.why .parts').catch(() => undefined);
    },
  },
  wall: { login: 'manager', path: '/wall', ready: '.wall .series' },
  plan: { login: 'dispatcher1', path: '/plan', ready: '[data-occurrence]' },
  calls: {
    login: 'manager', path: '/calls', ready: '.crew li',
    act: async (p, narrow) => {
      await p.waitForSelector('.live .ways button', { timeout: 60_000 });
      if (!narrow) await p.locator('.live .open').first().click();
      await p.waitForSelector('.leg.ready');
      await p.locator('.live .ways button').first().click();
      await p.waitForSelector('.line [role=status]');
    },
  },
  ladder: {
    login: 'manager', path: '/calls', ready: '.history li button',
    act: async (p) => {
      const talked = p.locator('.history li', { hasNot: p.locator('.bad') }).first().locator('button');
      await talked.click();
      await p.locator('.detail > .btn').click();
      await p.waitForSelector('.step');
    },
  },
  consult: {
    login: 'operator1', path: '/op', ready: '.leg.ready', calm: true,
    act: async (p) => {
      const boss = await browser.page(calm, 'manager', { path: '/calls' });
      await boss.waitForSelector('.leg.ready');
      await taken(p);
      await p.locator('.buttons .btn', { hasText: 'Передать…' }).click();
      await p.locator('.give li', { hasText: 'старший' }).locator('button').click();
      await p.locator('.do .primary').click();
      await boss.waitForSelector('.bar.ringing');
      await boss.click('.buttons .signal');
      await p.waitForSelector('.buttons .primary:not([disabled])');
      await p.locator('.bar').scrollIntoViewIfNeeded();
      p.afterwards = () => boss.context().close();
    },
  },
  keypad: {
    login: 'operator1', path: '/op', ready: '.leg.ready', calm: true,
    act: async (p) => {
      await taken(p);
      await p.locator('.buttons .btn', { hasText: 'Клавиши' }).click();
      for (const key of ['Digit2', 'Digit0', 'Shift+Digit3']) await p.keyboard.press(key);
    },
  },
  handing: {
    login: 'operator1', path: '/op', ready: '.leg.ready', calm: true,
    act: async (p) => {
      await taken(p);
      await p.locator('.buttons .btn', { hasText: 'Передать…' }).click();
      await p.fill('.give input', 'ал');
      await p.locator('.give li', { hasText: 'мастер' }).first().waitFor();
    },
  },
  outside: {
    login: 'operator1', path: '/op', ready: '.leg.ready', calm: true,
    act: async (p) => {
      await taken(p);
      await p.locator('.buttons .btn', { hasText: 'Передать…' }).click();
      await p.fill('.give input', 'Петров');
      await p.locator('.give li', { hasText: 'мастер' }).first().waitFor();
      await p.locator('.do .primary').click();
      await p.waitForSelector('.buttons .primary:not([disabled])');
    },
  },
  phone: { login: null, path: '/m', ready: '.phone .scroll > *' },
  operator: {
    login: 'operator1', path: '/op', ready: '.leg',
    act: async (p) => {
      const ready = p.locator('.buttons .primary');
      if (await ready.count()) await ready.click();
      await p.waitForSelector('.bar.ringing', { timeout: 90_000 });
      await p.keyboard.press('Control+Space');
      await p.waitForSelector('.bar.talking');
      if (!(await p.locator('.card h1').count())) return;
      await p.keyboard.press('F8');
      await p.keyboard.press('ArrowDown');
      await p.keyboard.press('Enter');
      await p.keyboard.press('Enter');
      await p.waitForSelector('.slot', { timeout: 4000 }).catch(() => undefined);
    },
  },
};

/** The operator of the calm house takes the call of a client whose card is known. */
let rung = 0;
async function taken(p) {
  const who = await calm.as('dispatcher1');
  const { found } = await who.get(`/api/clients?q=${encodeURIComponent('Орлов')}`);
  // Another client every time: nobody's history is a row of calls of this minute.
  const { phones } = await who.get(`/api/clients/${found[rung++ % found.length].id}`);
  const ready = p.locator('.buttons .primary');
  if (await ready.count()) await ready.click();
  await calm.ring(phones[0]);
  await p.waitForSelector('.bar.ringing');
  await p.click('.buttons .signal');
  await p.waitForSelector('.bar.talking');
}

/** The first master of the city who has a job now. */
async function busyMaster() {
  for (let n = 1; n <= 12; n++) {
    const p = await browser.page(city, `master${n}`, { path: '/m' });
    const has = await p.waitForSelector('.now', { timeout: 1500 }).then(() => true, () => false);
    await p.context().close();
    if (has) return `master${n}`;
  }
  return 'master1';
}

try {
  // Some pictures alone: PICTURES=calls,ladder.
  const wanted = process.env.PICTURES?.split(',');
  if (!wanted || wanted.some((name) => !scenes[name]?.calm)) {
    const board = await browser.page(city, 'dispatcher1', { path: '/board' });
    await until(async () => (await board.locator('.tl .v').count()) >= 14, 200);
    await board.context().close();
    scenes.phone.login = await busyMaster();
  }
  for (const [name, scene] of Object.entries(scenes).filter(([name]) => !wanted || wanted.includes(name))) {
    for (const [size, [width, height]] of Object.entries(sizes)) {
      for (const dark of [false, true]) {
        const house = scene.calm ? await calmHouse() : city;
        const p = await browser.page(house, scene.login ?? null, { path: scene.path, width, height, dark });
        await p.waitForSelector(scene.ready);
        await p.waitForTimeout(1200);
        await scene.act?.(p, size === 'narrow').catch((error) => console.log(`${name}: ${error.message.split('\n')[0]}`));
        await p.waitForTimeout(500);
        const file = `${out}/${name}-${size}-${dark ? 'dark' : 'light'}.png`;
        await p.screenshot({ path: file });
        // What the front page shows has no size and theme in its name.
        if (!dark && name !== 'login' && size === (name === 'phone' ? 'narrow' : 'wide')) await p.screenshot({ path: `${out}/${name}.png` });
        if (name === 'operator' || scene.calm) {
          await p.locator('.buttons .danger').click();
          await p.waitForSelector('.state i.wrap_up');
          await p.keyboard.press('Control+Enter');
          await p.waitForSelector('.state i:not(.wrap_up)');
        }
        await p.afterwards?.();
        await p.context().close();
        console.log(file);
      }
    }
  }
} finally {
  await browser.stop();
  await city.stop();
  await calm?.stop();
}
