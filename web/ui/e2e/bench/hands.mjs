// A board under load with a hand on it: the page, its wheel and its drag; what the benches of the board share.
import { rig } from '../harness.mjs';

export const nap = (ms) => new Promise((ok) => setTimeout(ok, ms));

/** Counts in the page the updates that have come; while `__still` none of them does. */
const counter = () => {
  const Socket = window.WebSocket;
  window.__ops = 0;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', (event) => {
        const seen = /"t":"d","topic":"board","from":(\d+),"seq":(\d+)/.exec(event.data.slice(0, 120));
        // Answers come all the same: who waits for one holds what it will show it in.
        if (seen && window.__still) return event.stopImmediatePropagation();
        if (seen) window.__ops += Number(seen[2]) - Number(seen[1]);
      });
    }
  };
};

/** The board of so many masters with so many updates a second. */
export async function open(masters, storm, path = '/board') {
  const stand = await rig(5213, { MASTERS: String(masters), STORM: String(storm) });
  const p = await stand.page('dispatcher', { path, width: 1600, height: 900, init: counter });
  const cdp = await p.context().newCDPSession(p);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' }).catch(() => cdp.send('Performance.enable'));
  await p.waitForSelector(path.includes('overview') ? '.all canvas' : '.tl .v');
  return { ...stand, p, cdp, ops: () => p.evaluate(() => window.__ops ?? 0) };
}

export async function throttled(cdp, rate, run) {
  await cdp.send('Emulation.setCPUThrottlingRate', { rate });
  await nap(700);
  try {
    return await run();
  } finally {
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  }
}

/** Sixty turns of the wheel down, sixty up. */
export function wheel(p, box) {
  let way = 1;
  let turn = 0;
  return async () => {
    await p.mouse.move(box.x + 600, box.y + 300);
    await p.mouse.wheel(0, 40 * way);
    if (++turn % 60 === 0) way = -way;
    await nap(16);
  };
}

/** Takes a bar that may be moved in hand; gives what moves it. Fails when there is none. */
export async function grab(p, box) {
  await p.evaluate(() => (document.querySelector('.tl').scrollTop = 0));
  for (let attempt = 0; attempt < 40; attempt++) {
    // Rows are drawn in the frame after the scroll, and the storm may end a visit between the look and the press: both are tried again.
    await p.evaluate(() => new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(ok))));
    const at = await p.evaluate(({ x, y, width, height }) => {
      for (const bar of document.querySelectorAll('.tl .v.s-planned, .tl .v.s-confirmed, .tl .v.s-dispatched, .tl .v.s-accepted')) {
        const r = bar.getBoundingClientRect();
        const spot = { x: r.x + Math.min(12, r.width / 2), y: r.y + r.height / 2 };
        if (spot.x < x + 200 || spot.x > x + width - 40 || spot.y < y + 40 || spot.y > y + height - 20) continue;
        if (document.elementFromPoint(spot.x, spot.y)?.closest('.v') === bar) return spot;
      }
      return null;
    }, box);
    if (!at) continue;
    await p.mouse.move(at.x, at.y);
    await p.mouse.down();
    await p.mouse.move(at.x + 20, at.y + 20, { steps: 4 });
    if (await p.evaluate(() => document.querySelector('.tl').classList.contains('moving'))) {
      let turn = 0;
      return async () => {
        turn += 1;
        await p.mouse.move(box.x + 500 + 300 * Math.sin(turn / 9), box.y + 220 + 120 * Math.cos(turn / 7));
        await nap(16);
      };
    }
    await p.mouse.up();
  }
  throw new Error('no bar of the timeline could be taken in hand');
}
export async function release(p) {
  await p.keyboard.press('Escape');
  await p.mouse.up();
}

/** A pointer that wanders over the overview. */
export function wander(p, box) {
  let turn = 0;
  return async () => {
    turn += 1;
    await p.mouse.move(box.x + box.width * (0.5 + 0.4 * Math.sin(turn / 11)), box.y + box.height * (0.5 + 0.4 * Math.cos(turn / 7)));
    await nap(16);
  };
}
