// From an event to a painted frame, against a living server: a colleague's command on the board, the ring and the card,
// the answer. PAINT_MOVES (200) and PAINT_CALLS (20) change the size.
import { startBrowser } from '../city/browser.mjs';
import { bookVisit, clientNamed, startCity } from '../city/server.mjs';
import { load, percentile } from './figures.mjs';

const moves = Number(process.env.PAINT_MOVES ?? 200);
const calls = Number(process.env.PAINT_CALLS ?? 20);
const epoch = () => performance.timeOrigin + performance.now();
const told = (name, values) => console.log(`${name.padEnd(52)} p50 ${percentile(values, 0.5).toFixed(1)}  p99 ${percentile(values, 0.99).toFixed(1)}  max ${Math.max(...values).toFixed(1)} ms of ${values.length}`);

/** In the page: when frames of a topic came, and when what they changed was on the screen. */
const watch = () => {
  const epoch = () => performance.timeOrigin + performance.now();
  window.__paint = { frames: [], city: null };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        const at = epoch();
        if (data.startsWith('{"t":"welcome"') || data.includes('"t":"welcome"')) window.__paint.city = JSON.parse(data).now - at;
        if (data.includes('"t":"d"')) window.__paint.frames.push([at, data]);
        if (window.__paint.frames.length > 400) window.__paint.frames.splice(0, 200);
      });
    }
  };
  /** Epoch at which a condition is true in a frame that has been handed over to be painted. */
  window.__painted = (test) => new Promise((ok) => {
    const look = () => {
      if (!test()) return requestAnimationFrame(look);
      const after = new MessageChannel();
      after.port1.onmessage = () => ok(epoch());
      requestAnimationFrame(() => after.port2.postMessage(0));
    };
    look();
  });
};

const city = await startCity();
const browser = await startBrowser();
console.log(`event → painted, debug server, Chromium without a GPU, load ${load()}`);
try {
  const dispatcher = await city.as('dispatcher1');
  const { visit } = await bookVisit(dispatcher, await clientNamed(dispatcher, 'Столовая'));
  const p = await browser.page(city, 'admin', { path: '/board', init: watch });
  const bar = `.tl .v[data-visit="${visit}"]`;
  await p.waitForSelector(bar);
  const [commands, framesTo, answers] = [[], [], []];
  let pinned = false;
  for (let n = 0; n < moves; n++) {
    pinned = !pinned;
    const seen = p.evaluate(([bar, pinned, visit]) => window.__painted(() => {
      const marks = document.querySelector(bar)?.querySelectorAll('.k.pin').length ?? 0;
      return pinned ? marks > 0 : marks === 0;
    }).then((at) => ({ at, came: window.__paint.frames.filter(([, data]) => data.includes(visit)).at(-1)?.[0] ?? null })), [bar, pinned, visit]);
    await new Promise((ok) => setTimeout(ok, 30));
    const from = epoch();
    await dispatcher.cmd('visit.pin', { visit, pinned });
    answers.push(epoch() - from);
    const { at, came } = await seen;
    commands.push(at - from);
    if (came && came > from) framesTo.push(at - came);
  }
  told('a command kept and answered', answers);
  told('a colleague’s command → painted on another screen', commands);
  told('a frame at the browser → painted', framesTo);
  await p.context().close();

  const op = await browser.page(city, 'operator1', { path: '/op', init: watch });
  await op.waitForSelector('.leg.ready');
  await op.click('.buttons .primary');
  await op.waitForSelector('.state i.ready');
  const cards = [];
  for (const words of ['Столовая', 'Кафе', 'Магазин', 'Орлова', 'Белова']) cards.push(await clientNamed(dispatcher, words));
  const [rings, pops, talks] = [[], [], []];
  for (let n = 0; n < calls; n++) {
    const card = cards[n % cards.length];
    const popped = op.evaluate(() => window.__painted(() => document.querySelector('.bar.ringing') && document.querySelector('.card h1')).then((at) => {
      const { frames, city } = window.__paint;
      for (let i = frames.length - 1; i >= 0; i--) {
        const frame = JSON.parse(frames[i][1]);
        const me = frame.topic === 'agent' && frame.ops.find(([key, row]) => key === 'me' && row?.state === 'ringing');
        if (me) return { at, came: frames[i][0], since: me[1].since - city };
      }
      return { at, came: null, since: null };
    }));
    await city.ring(card.phones[0]);
    const pop = await popped;
    if (pop.since !== null) rings.push(pop.at - pop.since);
    if (pop.came !== null) pops.push(pop.at - pop.came);
    // Hung up in the page before the key is pressed: a key may overtake a listener that is on its way there.
    await op.evaluate(() => {
      window.__talking = new Promise((ok) => {
        addEventListener('keydown', () => {
          const from = performance.timeOrigin + performance.now();
          void window.__painted(() => document.querySelector('.bar.talking')).then((at) => ok(at - from));
        }, { capture: true, once: true });
      });
    });
    await op.keyboard.press('Control+Space');
    talks.push(await op.evaluate(() => window.__talking));
    await op.keyboard.press('Control+Space');
    await op.waitForFunction(() => document.activeElement?.classList.contains('bar'));
    await op.keyboard.press('KeyX');
    await op.waitForSelector('.bar:not(.talking) .state i.wrap_up');
    await op.keyboard.press('Control+Enter');
    await op.waitForSelector('.state i.ready');
  }
  told('the house rings the operator → the card is painted', rings);
  told('the frame of the ring → the card is painted', pops);
  told('the key that answers → «talking» is painted', talks);
} finally {
  await browser.stop();
  await city.stop();
}
