// Entry of all consoles: styles, theme, the application, the phone's service worker.
import '@fontsource-variable/onest';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { language } from './lib/i18n.svelte';
import { theme } from './lib/theme.svelte';

theme.apply();
language.set(language.current);
mount(App, { target: document.getElementById('app')! });
if (import.meta.env.PROD && 'serviceWorker' in navigator && location.pathname.startsWith('/m')) {
  void navigator.serviceWorker.register('/sw.js').catch(() => undefined);
}
