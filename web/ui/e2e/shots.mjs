// Takes pictures of every screen in both themes and both sizes: node e2e/shots.mjs [folder] [name filter].
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rig } from './harness.mjs';

const out = process.argv[2] ?? join(tmpdir(), 'shots');
const only = process.argv[3] ?? '';
mkdirSync(out, { recursive: true });
const { page, stop, errors, url } = await rig();
const desk = { width: 1440, height: 900 };
const hand = { width: 390, height: 844 };
const pick = (p) => p.evaluate(() => document.querySelector('.tl .v.late, .tl .v.s-accepted')?.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0 })));
const scenes = {
  login: ['', '/login', desk], 'login-hand': ['', '/login', hand],
  op: ['operator', '/op', desk],
  'op-ring': ['operator', '/op', desk, async () => { await fetch(`${url}/mock/ring`); }],
  'op-slots': ['operator', '/op', desk, async (p) => {
    await p.keyboard.press('Control+Space');
    await p.waitForTimeout(300);
    if (await p.locator('.unit').count()) await p.locator('.unit').first().click();
    await p.fill('#symptom', 'Не сливает воду');
    await p.keyboard.press('Enter');
  }],
  'op-new': ['operator', '/op', desk, async () => { await fetch(`${url}/mock/ring?known=0`); }],
  board: ['dispatcher', '/board', desk],
  'board-detail': ['dispatcher', '/board', desk, async (p) => { await pick(p); await p.waitForTimeout(500); }],
  'board-move': ['dispatcher', '/board', desk, async (p) => {
    const job = p.locator('.job').first();
    const box = await job.boundingBox();
    await p.mouse.move(box.x + 40, box.y + 30);
    await p.mouse.down();
    await p.mouse.move(760, 420, { steps: 8 });
    await p.waitForTimeout(400);
  }],
  'board-map': ['dispatcher', '/board', desk, async (p) => { await p.keyboard.press('KeyK'); await p.waitForTimeout(300); }],
  wall: ['manager', '/wall', desk],
  m: ['master', '/m', hand],
  'm-job': ['master', '/m', hand, async (p) => { await p.locator('.now .body').click(); }],
  'm-work': ['master', '/m', hand, async (p) => {
    await p.locator('.now .body').click();
    for (let i = 0; i < 5; i++) {
      const big = p.locator('.steps .big');
      if (!(await big.count())) break;
      await big.first().click();
      await p.waitForTimeout(250);
    }
  }],
};
for (const dark of [false, true]) {
  for (const [name, [role, path, size, act]] of Object.entries(scenes)) {
    if (only && !name.startsWith(only)) continue;
    const p = await page(role, { ...size, dark, path });
    try {
      await act?.(p);
    } catch (e) {
      errors.push(`${name}: ${e.message.split('\n')[0]}`);
    }
    await p.waitForTimeout(400);
    await p.screenshot({ path: `${out}/${name}-${dark ? 'dark' : 'light'}.png` });
    await p.context().close();
  }
}
await stop();
console.log(errors.length ? errors.join('\n') : 'no page errors');
