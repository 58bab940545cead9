// Counts what the hands do: keys that went down in the page, letters that came into fields, presses of the mouse.
import assert from 'node:assert/strict';

/** Runs in the page before anything else; modifiers alone and held keys are no strokes. */
export const recorder = () => {
  const seen = { keys: 0, letters: 0, mouse: 0 };
  window.__strokes = seen;
  const writes = (e) => e.key.length === 1 && !e.ctrlKey && !e.altKey && !e.metaKey && /^(INPUT|TEXTAREA)$/.test(e.target?.tagName);
  addEventListener('keydown', (e) => {
    if (!e.isTrusted || e.repeat || ['Shift', 'Control', 'Alt', 'Meta'].includes(e.key)) return;
    if (!writes(e)) seen.keys += 1;
  }, true);
  addEventListener('beforeinput', (e) => {
    if (e.inputType === 'insertText') seen.letters += [...(e.data ?? '')].length;
  }, true);
  addEventListener('pointerdown', (e) => e.isTrusted && (seen.mouse += 1), true);
};

const read = (p) => p.evaluate(() => ({ ...window.__strokes }));

/**
 * Does something with the page and holds it to a budget of keystrokes without a mouse. Letters of free text (a name, an
 * address) are counted apart. A budget that counts nothing proves nothing, so at least one key must have gone down.
 */
export async function budget(t, p, name, most, run, { letters = 0 } = {}) {
  const before = await read(p);
  const begun = performance.now();
  await run();
  const took = performance.now() - begun;
  const after = await read(p);
  const keys = after.keys - before.keys;
  const typed = after.letters - before.letters;
  assert.ok(keys >= 1, `${name}: no key went down, the test proves nothing`);
  assert.ok(keys <= most, `${name}: ${keys} keystrokes of ${most}`);
  assert.equal(after.mouse - before.mouse, 0, `${name}: a mouse was used`);
  assert.ok(typed <= letters, `${name}: ${typed} letters of ${letters}`);
  t.diagnostic(`▪ ${name}: ${keys} keystrokes of ${most}${letters ? `, ${typed} letters` : ''}, ${(took / 1000).toFixed(1)} s with the machine's hands`);
}
