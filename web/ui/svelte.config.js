// Svelte compiler settings: TypeScript in components through the Vite preprocessor.
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
export default { preprocess: vitePreprocess(), compilerOptions: { runes: true } };
