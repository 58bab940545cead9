// Build settings: one entry, hashed assets, a precache list written into the service worker, a proxy for development.
import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const server = process.env.CALLOUT_SERVER ?? 'http://127.0.0.1:5199';

/** What notices say, in every language: the service worker has no dictionary of its own. */
function notices() {
  const read = (lang: string): Record<string, string> => JSON.parse(readFileSync(new URL(`./src/locales/${lang}.json`, import.meta.url), 'utf8'));
  return Object.fromEntries(['ru', 'en'].map((lang) => [lang, { offered: read(lang)['push.offered'], plain: read(lang)['push.plain'] }]));
}

/** Writes `sw.js` beside `index.html` with the list of built files and a version made of their names. */
function serviceWorker(): Plugin {
  return {
    name: 'callout-service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter((f) => /\.(js|css|woff2)$/.test(f) && !/latin-ext|vietnamese|math|symbols|(operator|dispatcher|manager|admin)\.(ru|en)-/.test(f));
      const list = ['/', '/manifest.webmanifest', '/icon.svg', ...files.map((f) => `/${f}`)];
      let hash = 0;
      for (const ch of list.join()) hash = (Math.imul(hash, 31) + ch.charCodeAt(0)) >>> 0;
      const source = readFileSync(new URL('./src/m/sw.js', import.meta.url), 'utf8')
        .replace('__FILES__', JSON.stringify(list))
        .replace('__WORDS__', JSON.stringify(notices()))
        .replace('__VERSION__', hash.toString(36));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}

export default defineConfig({
  plugins: [svelte(), serviceWorker()],
  build: { target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'], assetsInlineLimit: 0, reportCompressedSize: true },
  server: {
    port: 5198,
    fs: { allow: ['.', '../../docs/pictures'] },
    proxy: { '/api': server, '/ws': { target: server, ws: true } },
  },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0]);
