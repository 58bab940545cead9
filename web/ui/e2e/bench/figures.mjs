// Percentiles, the load of the machine, and frames of a page: what the benches of the consoles share.
import { readFileSync } from 'node:fs';

export const percentile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] : NaN;
};
export const load = () => readFileSync('/proc/loadavg', 'utf8').split(' ')[0];

/** Frames of a page for a time while `act` works on it: rate, tail, and the share of the main thread. */
export async function frames(p, cdp, seconds, act) {
  const cost = async () => Object.fromEntries((await cdp.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value]));
  const before = await cost();
  const running = p.evaluate(async (seconds) => {
    const times = [];
    const begun = performance.now();
    let last = begun;
    while (last - begun < seconds * 1000) {
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      times.push(now - last);
      last = now;
    }
    return { times, took: last - begun };
  }, seconds);
  let done = false;
  const acting = act ? (async () => { while (!done) await act(); })() : null;
  const { times, took } = await running;
  done = true;
  await acting;
  const after = await cost();
  return {
    fps: (times.length / took) * 1000,
    p50: percentile(times, 0.5), p95: percentile(times, 0.95), p99: percentile(times, 0.99),
    slow: (times.filter((t) => t > 33.4).length / times.length) * 100,
    main: ((after.TaskDuration - before.TaskDuration) / (after.Timestamp - before.Timestamp)) * 100,
    script: ((after.ScriptDuration - before.ScriptDuration) / (after.Timestamp - before.Timestamp)) * 100,
    // Milliseconds of the main thread a frame: raster in software on a shared machine hides what the page itself costs.
    each: Object.fromEntries([['all', 'TaskDuration'], ['script', 'ScriptDuration'], ['style', 'RecalcStyleDuration'], ['layout', 'LayoutDuration']].map(([name, of]) => [name, ((after[of] - before[of]) / times.length) * 1000])),
  };
}
export const line = (name, f) =>
  `${name.padEnd(44)} ${f.fps.toFixed(1).padStart(5)} fps   p50 ${f.p50.toFixed(1)}  p95 ${f.p95.toFixed(1)}  p99 ${f.p99.toFixed(1)} ms   >33 ms ${f.slow.toFixed(1)} %   main ${f.main.toFixed(0)} %, script ${f.script.toFixed(0)} %   a frame ${f.each.all.toFixed(1)} ms: script ${f.each.script.toFixed(2)}, style ${f.each.style.toFixed(2)}, layout ${f.each.layout.toFixed(2)}`;
