// Entry of all consoles: styles, theme, the application.
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
