// Frames of the board under load: 200 masters, about 2000 visits, 200 updates a second; prints, judges only with --gate.
import { rig } from './harness.mjs';

const { page, stop } = await rig(5213, { MASTERS: '200', STORM: '200' });
const p = await page('dispatcher', { path: '/board' });
const measure = (scroll) => p.evaluate(async (scroll) => {
  const times = [];
  const tl = document.querySelector('.tl');
  let last = performance.now();
  const end = last + 6000;
  while (last < end) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    times.push(now - last);
    last = now;
    if (scroll) tl.scrollTop = (tl.scrollTop + 14) % (tl.scrollHeight - tl.clientHeight);
  }
  times.sort((a, b) => a - b);
  const at = (q) => times[Math.floor(times.length * q)].toFixed(1);
  return { fps: (times.length / 6).toFixed(1), p50: at(0.5), p95: at(0.95), p99: at(0.99), over33: times.filter((t) => t > 33).length, dom: document.querySelectorAll('.tl .v').length };
}, scroll);
const still = await measure(false);
const moving = await measure(true);
console.log('live', still);
console.log('live + scroll', moving);
await stop();
if (process.argv.includes('--gate') && Number(moving.p95) > 34) process.exitCode = 1;
