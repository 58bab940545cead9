// What a frame of the board costs Chromium, by kind: a trace of the page under live updates, the wheel, a drag, and over the
// overview, counted in the threads' own time, so that others on the machine change it little. SECONDS a scenario (5), THROTTLE
// (1), MASTERS (200), STORM (200 updates a second), PROFILE=1 adds the functions that cost most, EVENTS=1 the events. Scenarios by name, or all.
import { load, percentile } from './figures.mjs';
import { grab, nap, open, release, throttled, wander, wheel } from './hands.mjs';

const seconds = Number(process.env.SECONDS ?? 5);
const rate = Number(process.env.THROTTLE ?? 1);
const storm = Number(process.env.STORM ?? 200);
/** Kinds of work by the names that Chromium gives to it. */
const KINDS = {
  script: ['FunctionCall', 'EvaluateScript', 'v8.callFunction', 'V8.ScriptCompile', 'FireAnimationFrame', 'EventDispatch', 'TimerFire', 'RunMicrotasks', 'V8.GC_MC', 'MinorGC', 'MajorGC', 'BlinkGC.AtomicPhase', 'V8.GCScavenger'],
  style: ['UpdateLayoutTree', 'ParseAuthorStyleSheet'],
  layout: ['Layout', 'HitTest'],
  prepaint: ['PrePaint', 'UpdateLayerTree', 'UpdateLayer'],
  paint: ['Paint', 'PaintImage', 'Layerize'],
  commit: ['Commit'],
};
const kindOf = new Map(Object.entries(KINDS).flatMap(([kind, names]) => names.map((name) => [name, kind])));

function groups(list, key) {
  const found = new Map();
  for (const it of list) {
    const of = key(it);
    if (found.has(of)) found.get(of).push(it);
    else found.set(of, [it]);
  }
  return found;
}

/** Each event's own time, without that of the events inside it, by thread and name. */
function selves(events) {
  const threads = groups(events.filter((e) => e.ph === 'X' && e.tdur !== undefined), (e) => `${e.pid}.${e.tid}`);
  const own = new Map();
  for (const [thread, list] of threads) {
    list.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
    const open = [];
    const by = new Map();
    for (const e of list) {
      while (open.length && open.at(-1).ts + open.at(-1).dur <= e.ts) open.pop();
      const seen = by.get(e.name) ?? { own: 0, count: 0 };
      seen.own += e.tdur;
      seen.count += 1;
      by.set(e.name, seen);
      const around = open.at(-1);
      if (around) by.get(around.name).own -= e.tdur;
      open.push(e);
    }
    own.set(thread, by);
  }
  return own;
}

/** A frame that costs more than this is late on a processor four times slower. */
const QUARTER_MS = 1000 / 60 / 4;
/** What each frame cost the main thread, with all that was done since the one before: a mean hides the few that are late. */
function costsOf(list) {
  list.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const frames = list.filter(({ name }) => name === 'ProxyMain::BeginMainFrame').map(({ ts }) => ts);
  const costs = [];
  let ends = -Infinity;
  let sum = 0;
  for (const e of list) {
    if (e.ts < ends) continue;
    ends = e.ts + e.dur;
    sum += e.tdur / 1000;
    if (frames[costs.length] < ends) {
      costs.push(sum);
      sum = 0;
    }
  }
  return costs;
}

async function traced(p, cdp, act) {
  const events = [];
  const take = ({ value }) => events.push(...value);
  cdp.on('Tracing.dataCollected', take);
  const over = new Promise((ok) => cdp.once('Tracing.tracingComplete', ok));
  await cdp.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel', 'cc', 'v8', 'blink'] } });
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until) await act();
  await cdp.send('Tracing.end');
  await over;
  cdp.off('Tracing.dataCollected', take);
  return events;
}

function tell(name, events) {
  const names = new Map(events.filter((e) => e.name === 'thread_name').map((e) => [`${e.pid}.${e.tid}`, e.args.name]));
  const own = selves(events);
  const tasks = (thread) => [...(own.get(thread)?.entries() ?? [])];
  const mains = [...own.keys()].filter((thread) => names.get(thread) === 'CrRendererMain').sort((a, b) => (own.get(b).get('Commit')?.count ?? 0) - (own.get(a).get('Commit')?.count ?? 0));
  const main = mains[0];
  const frames = own.get(main).get('Commit')?.count ?? 1;
  const sum = (list) => list.reduce((all, [, e]) => all + e.own, 0) / 1000 / frames;
  const kinds = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, sum(tasks(main).filter(([n]) => kindOf.get(n) === kind))]));
  const all = sum(tasks(main));
  const pid = main.split('.')[0];
  const other = (match) => [...own.keys()].filter((thread) => thread.startsWith(`${pid}.`) && match(names.get(thread) ?? '')).reduce((ms, thread) => ms + sum(tasks(thread)), 0);
  const viz = [...own.keys()].filter((thread) => names.get(thread) === 'VizCompositorThread').reduce((ms, thread) => ms + sum(tasks(thread)), 0);
  const figures = { ...kinds, rest: all - Object.values(kinds).reduce((a, b) => a + b, 0) };
  const costs = costsOf(events.filter((e) => e.ph === 'X' && e.tdur !== undefined && `${e.pid}.${e.tid}` === main));
  // Counts do not depend on what else the machine does.
  const mine = events.filter((e) => `${e.pid}.${e.tid}` === main);
  const styled = mine.reduce((n, e) => n + (e.name === 'UpdateLayoutTree' ? (e.args.elementCount ?? 0) : 0), 0) / seconds;
  const laid = mine.reduce((n, e) => n + (e.name === 'Layout' ? (e.args.beginData?.dirtyObjects ?? 0) : 0), 0) / seconds;
  const layered = mine.filter((e) => e.name === 'PaintArtifactCompositor::Update').length / seconds;
  console.log(`${name.padEnd(18)} ${String(Math.round(frames / seconds)).padStart(3)} frames/s   main ${(all * frames / seconds).toFixed(0)} ms a second, ${all.toFixed(2)} a frame: ${Object.entries(figures).map(([kind, ms]) => `${kind} ${ms.toFixed(2)}`).join(', ')}   compositor ${other((n) => n === 'Compositor').toFixed(2)}, raster ${other((n) => /TileWorker|ThreadPool/.test(n)).toFixed(2)}, screen ${viz.toFixed(2)}   a second: ${styled.toFixed(0)} elements styled, ${laid.toFixed(0)} boxes laid out, ${layered.toFixed(0)} times layered   the dearest frames: p50 ${percentile(costs, 0.5).toFixed(1)}, p90 ${percentile(costs, 0.9).toFixed(1)}, p99 ${percentile(costs, 0.99).toFixed(1)} ms, ${((costs.filter((ms) => ms > QUARTER_MS).length / costs.length) * 100).toFixed(0)} % over a quarter of a frame`);
  if (process.env.EVENTS) for (const [event, e] of tasks(main).sort((a, b) => b[1].own - a[1].own).slice(0, 24)) console.log(`    ${event.padEnd(44)} ${(e.own / 1000 / frames).toFixed(3)} ms   ${(e.count / frames).toFixed(1)} a frame`);
}

/** The functions that cost most, in shares of the time that was not idle. */
async function profiled(cdp, run) {
  await cdp.send('Profiler.enable');
  await cdp.send('Profiler.setSamplingInterval', { interval: 200 });
  await cdp.send('Profiler.start');
  await run();
  const { profile } = await cdp.send('Profiler.stop');
  const byId = new Map(profile.nodes.map((n) => [n.id, n]));
  const cost = new Map();
  let whole = 0;
  profile.samples.forEach((id, n) => {
    const { functionName, url, lineNumber, columnNumber } = byId.get(id).callFrame;
    if (functionName === '(idle)') return;
    const took = profile.timeDeltas[n] ?? 0;
    whole += took;
    const key = `${functionName || '(anonymous)'} ${url.split('/').at(-1)}:${lineNumber + 1}:${columnNumber}`;
    cost.set(key, (cost.get(key) ?? 0) + took);
  });
  for (const [key, took] of [...cost].sort((a, b) => b[1] - a[1]).slice(0, 25)) console.log(`    ${((took / whole) * 100).toFixed(1).padStart(5)} %  ${(took / 1000 / seconds).toFixed(2).padStart(6)} ms a second  ${key}`);
}

const SCENES = {
  live: { act: () => () => nap(50) },
  scroll: { act: wheel },
  drag: { act: grab, after: release },
  overview: { act: () => () => nap(50), path: '/board?show=overview', masters: 1000 },
  pointer: { act: wander, path: '/board?show=overview', masters: 1000 },
};
const only = process.argv.slice(2).filter((a) => !a.startsWith('-'));
for (const name of only) if (!SCENES[name]) throw new Error(`no scene \`${name}\`: expected one of ${Object.keys(SCENES).join(', ')}`);
const chosen = Object.entries(SCENES).filter(([name]) => !only.length || only.includes(name));
console.log(`${seconds} s a scene, ${storm} updates a second, processor ${rate}× slower, load ${load()}`);
for (const [masters, list] of groups(chosen, ([, scene]) => Number(process.env.MASTERS ?? scene.masters ?? 200))) {
  const { p, cdp, stop } = await open(masters, storm, list[0][1].path);
  try {
    const box = await p.locator(list[0][1].path ? '.all' : '.tl').boundingBox();
    for (const [name, scene] of list) {
      await throttled(cdp, rate, async () => {
        const act = await scene.act(p, box);
        tell(name, await traced(p, cdp, act));
        if (process.env.PROFILE) {
          await profiled(cdp, async () => {
            const until = Date.now() + seconds * 1000;
            while (Date.now() < until) await act();
          });
        }
        await scene.after?.(p);
      });
    }
  } finally {
    await stop();
  }
}
