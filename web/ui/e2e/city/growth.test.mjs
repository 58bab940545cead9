// The board of a long shift does not grow: all the rows of a big crew scroll by under a storm of updates, and the page holds
// as many nodes as in the beginning. Over the mock, for two hundred masters and thousands of updates a second.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { rig } from '../harness.mjs';

let stand, p, cdp;
before(async () => {
  stand = await rig(5217, { MASTERS: '200', STORM: '3000' });
  p = await stand.page('dispatcher', { path: '/board' });
  cdp = await p.context().newCDPSession(p);
  await p.waitForSelector('.tl .v');
});
after(() => stand?.stop());

async function nodes() {
  await cdp.send('HeapProfiler.collectGarbage');
  await cdp.send('HeapProfiler.collectGarbage');
  return (await cdp.send('Memory.getDOMCounters')).nodes;
}
const drawn = () => p.evaluate(() => new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(ok))));
/** Every row of the crew once, in leaps and in steps. */
async function around() {
  for (const step of [900, 130]) {
    const high = await p.evaluate(() => document.querySelector('.tl').scrollHeight);
    for (let top = 0; top < high; top += step) {
      await p.evaluate((top) => (document.querySelector('.tl').scrollTop = top), top);
      await drawn();
    }
  }
  await p.evaluate(() => (document.querySelector('.tl').scrollTop = 0));
  await drawn();
}

test('rows and bars that have left the screen are used again, and not kept beside it', async (t) => {
  const first = await nodes();
  const seen = [];
  for (let round = 0; round < 3; round++) {
    await around();
    seen.push(await nodes());
  }
  const rows = await p.locator('.tl-row').count();
  t.diagnostic(`▪ nodes of the board: ${first} at first, ${seen.join(', ')} after each time around 200 rows; ${rows} rows on the screen`);
  assert.ok(rows > 10 && rows < 40, `${rows} rows are on the screen`);
  assert.ok(Math.max(...seen) < first * 1.3, `${first} nodes at first, then ${seen}`);
});
test('every bar of a row that has come stands at its master, with its own name', async () => {
  await p.evaluate(() => (document.querySelector('.tl').scrollTop = 3000));
  await drawn();
  const wrong = await p.evaluate(() => [...document.querySelectorAll('.tl-row')].filter((row) => {
    const head = document.querySelector(`.tl-side[data-master="${row.dataset.row}"]`);
    return !head || head.style.top !== row.style.top || !row.querySelector('[role=rowheader]').ariaLabel.startsWith(head.querySelector('b').textContent);
  }).length);
  assert.equal(wrong, 0);
  const bars = await p.evaluate(() => [...document.querySelectorAll('.tl .v')].map((v) => ({ id: v.dataset.visit, label: v.ariaLabel, title: v.querySelector('b').dataset.w.replace('…', '') })));
  assert.ok(bars.length > 20);
  assert.equal(new Set(bars.map((b) => b.id)).size, bars.length, 'a visit with one master stands once');
  for (const b of bars) assert.ok(b.label.includes(b.title) && b.label.includes(`№ ${b.id.slice('visit_'.length)}`), `${b.id}: ${b.label} / ${b.title}`);
});
test('the words of a bar stay inside of it, in rows of every height', async () => {
  const leaving = () => p.evaluate(() => {
    const out = [];
    let seen = 0;
    for (const bar of document.querySelectorAll('.tl .v:not(.thin)')) {
      seen += 1;
      if (bar.scrollWidth > bar.clientWidth || bar.scrollHeight > bar.clientHeight) out.push(`${bar.className}: «${bar.querySelector('b').dataset.w}${bar.dataset.w}» ${bar.scrollWidth - bar.clientWidth} px`);
    }
    return { seen, out };
  });
  await p.evaluate(() => document.fonts.ready);
  await drawn();
  const low = await leaving();
  assert.ok(low.seen > 20, `${low.seen} bars`);
  assert.deepEqual(low.out, []);
  // A handful of masters: the rows are high, and the work takes two lines.
  await p.fill('input.find', 'Кузнецов');
  await p.waitForSelector('.tl.roomy');
  // The storm gives visits to whom it likes, so a single look may find few: many looks, each at another day of theirs.
  let seen = 0;
  for (let look = 0; look < 30; look++) {
    await drawn();
    const high = await leaving();
    seen += high.seen;
    assert.deepEqual(high.out, []);
  }
  assert.ok(seen > 100, `${seen} bars in 30 looks`);
});
