// What the side of the board shows of a visit or of a master; loaded after the timeline, for nothing is chosen when the page opens.
export { default as Detail } from './Detail.svelte';
export { default as MasterPanel } from './MasterPanel.svelte';
