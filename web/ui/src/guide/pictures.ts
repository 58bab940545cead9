// Pictures of the guide: those of docs/pictures that it shows, and no other, are built in; a page fetches them as it is scrolled.
const built = import.meta.glob<string>([
  '../../../../docs/pictures/board-wide-{light,dark}.png',
  '../../../../docs/pictures/calls-wide-{light,dark}.png',
  '../../../../docs/pictures/handing-narrow-{light,dark}.png',
  '../../../../docs/pictures/keypad-narrow-{light,dark}.png',
  '../../../../docs/pictures/ladder-narrow-{light,dark}.png',
  '../../../../docs/pictures/operator-wide-{light,dark}.png',
  '../../../../docs/pictures/phone-narrow-{light,dark}.png',
  '../../../../docs/pictures/wall-narrow-{light,dark}.png',
], { eager: true, query: '?url', import: 'default' });

export interface Picture { light: string; dark: string; width: number; height: number; narrow: boolean }

/** Addresses and size of a picture named as `board-wide`; nothing when it is not built in. */
export function picture(name: string): Picture | null {
  const at = (theme: string) => built[`../../../../docs/pictures/${name}-${theme}.png`];
  const [light, dark, narrow] = [at('light'), at('dark'), name.endsWith('-narrow')];
  // Sizes of the windows that `npm run pictures` photographs.
  return light && dark ? { light, dark, narrow, width: narrow ? 390 : 1440, height: narrow ? 844 : 900 } : null;
}
