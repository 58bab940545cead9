// axe-core over every screen, both themes, both languages; prints each rule that is broken.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { rig } from './harness.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { page, stop, errors, url } = await rig(5211);
let broken = 0;
await fetch(`${url}/mock/ring`);
for (const [role, path, size] of [['', '/login', {}], ['operator', '/op', {}], ['dispatcher', '/board', {}], ['manager', '/wall', {}], ['master', '/m', { width: 390, height: 844 }], ['master', '/guide', { width: 390, height: 844 }], ['dispatcher', '/guide', {}]]) {
  for (const dark of [false, true]) {
    const p = await page(role, { ...size, dark, path, lang: dark ? 'en' : 'ru' });
    if (role === 'dispatcher') await p.keyboard.press('KeyN');
    await p.waitForTimeout(500);
    await p.evaluate(axe);
    const { violations } = await p.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
    for (const v of violations) {
      broken += v.nodes.length;
      console.log(`${path} ${dark ? 'dark' : 'light'}: ${v.id} ×${v.nodes.length}: ${v.nodes[0].html.slice(0, 140)} | ${v.nodes[0].failureSummary.split('\n')[1]?.slice(0, 160)}`);
    }
    await p.context().close();
  }
}
await stop();
console.log(`${broken} nodes break rules; page errors: ${errors.length}`);
process.exitCode = broken || errors.length ? 1 : 0;
