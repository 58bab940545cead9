// Service worker of the phone: the shell from the cache, everything live from the network. Filled in by the build.
const FILES = __FILES__;
const CACHE = 'callout-__VERSION__';
const WORDS = __WORDS__;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((keys) => Promise.all(keys.filter((key) => key.startsWith('callout-') && key !== CACHE).map((key) => caches.delete(key))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin || url.pathname.startsWith('/api/') || url.pathname === '/ws') return;
  if (event.request.mode === 'navigate') {
    // A fresh page when there is a network, the kept shell when there is none.
    event.respondWith(fetch(event.request).catch(() => caches.match('/')));
    return;
  }
  event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
});

// A visit was offered while nobody looked at the page: a notice is shown, and the server is told that it was.
self.addEventListener('push', (event) => {
  let told;
  try {
    told = event.data.json();
  } catch {
    // Browsers want every push to show something.
    told = {};
  }
  const words = WORDS[told.lang] ?? WORDS.ru;
  const at = told.start ? new Intl.DateTimeFormat(told.lang === 'en' ? 'en-GB' : 'ru-RU', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(told.start) : '';
  const show = self.registration.showNotification(told.no ? words.offered.replace('{no}', told.no) : words.plain, {
    body: [at, told.symptom, told.address].filter(Boolean).join(' · '),
    tag: told.visit ?? 'callout', renotify: true, requireInteraction: true, icon: '/icon.svg', badge: '/icon.svg', data: { visit: told.visit },
  });
  const say = told.visit
    ? fetch('/api/cmd', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ id: crypto.randomUUID(), name: 'push.shown', args: { visit: told.visit } }) }).catch(() => undefined)
    : undefined;
  event.waitUntil(Promise.all([show, say]));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const visit = event.notification.data?.visit;
  const path = visit ? `/m/job/${visit}` : '/m';
  event.waitUntil(self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then((pages) => {
    const page = pages.find((it) => new URL(it.url).pathname.startsWith('/m'));
    if (!page) return self.clients.openWindow(path);
    if (visit) page.postMessage({ open: visit });
    return page.focus();
  }));
});
