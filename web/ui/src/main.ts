// Entry of all consoles: styles, theme, the dictionary, the application.
import '@fontsource-variable/onest';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { language } from './lib/i18n.svelte';
import { theme } from './lib/theme.svelte';

// A talk that lives in this tab goes on first of all, before any screen; `lib/voice.ts` writes the mark.
if (sessionStorage.getItem('voice')) void import('./lib/voice').then((voice) => voice.beginEarly());
theme.apply();
// Without its dictionary a screen shows keys, which is better than no screen.
void language.set(language.current).catch(() => undefined).then(() => mount(App, { target: document.getElementById('app')! }));
