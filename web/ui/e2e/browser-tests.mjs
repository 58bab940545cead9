// Runs the browser tests file by file, each with a bound in time, and says first what is missing: node e2e/browser-tests.mjs [name…]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { binary } from './city/server.mjs';
import { chromiumPath } from './city/browser.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const missing = [];
if (!chromiumPath()) missing.push('a browser: `apt-get install chromium`, or CHROMIUM=path');
if (spawnSync('sipp', ['-v'], { stdio: 'ignore' }).error) missing.push('sipp, which rings the house: `apt-get install sip-tester`');
if (!existsSync(binary)) missing.push(`the server \`${binary}\`: \`make browser\` builds it, or CALLOUT_BIN=path`);
if (!existsSync(here('../dist/index.html'))) missing.push('the built consoles: `npm run build`');
if (missing.length) {
  console.error(`The browser tests need:\n  ${missing.join('\n  ')}`);
  process.exit(1);
}
const wanted = process.argv.slice(2);
const files = readdirSync(here('./city/')).filter((f) => f.endsWith('.test.mjs') && (!wanted.length || wanted.some((w) => f.startsWith(w)))).sort().map((f) => here(`./city/${f}`));
const child = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-timeout=1200000', `--test-reporter=${here('./closing.mjs')}`, ...files], { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('exit', (code) => process.exit(code ?? 1));
