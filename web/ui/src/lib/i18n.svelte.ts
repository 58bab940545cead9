// Translation: a typed `t()` over two flat dictionaries, with {name} holes and Russian plurals.
import en from '../locales/en.json';
import ru from '../locales/ru.json';

export type Key = keyof typeof ru;
export type Lang = 'ru' | 'en';
const books: Record<Lang, Record<string, string>> = { ru, en };

function stored(): Lang {
  try {
    return localStorage.getItem('lang') === 'en' ? 'en' : 'ru';
  } catch {
    return 'ru';
  }
}

class Language {
  current = $state<Lang>(stored());
  set(lang: Lang): void {
    this.current = lang;
    document.documentElement.lang = lang;
    try {
      localStorage.setItem('lang', lang);
    } catch {
      // Private mode: the choice lives for the page only.
    }
  }
}
export const language = new Language();

const rules = { ru: new Intl.PluralRules('ru'), en: new Intl.PluralRules('en') };

/** The text of `key`; `{n}` and other holes are filled, `one¦few¦many` picks by `n`. */
export function t(key: Key, holes?: Record<string, string | number>): string {
  const lang = language.current;
  let text = books[lang][key] ?? key;
  if (holes && typeof holes.n === 'number' && text.includes('¦')) {
    const forms = text.split('¦');
    const form = rules[lang].select(holes.n);
    text = (lang === 'ru' ? forms[form === 'one' ? 0 : form === 'few' ? 1 : 2] : forms[form === 'one' ? 0 : 1]) ?? forms[0]!;
  }
  return holes ? text.replace(/\{(\w+)\}/g, (_, name: string) => String(holes[name] ?? '')) : text;
}

/** The state of a request, which on a client's card may be the state of its visit. */
export function requestState(code: string): string {
  const book = books[language.current];
  return book[`reqstate.${code}`] ?? book[`state.${code}`] ?? code;
}

/** A word of the wire (`state.en_route`), or the word itself when the dictionary does not know it. */
export function word(group: string, code: string | null | undefined): string {
  if (!code) return '';
  return books[language.current][`${group}.${code}`] ?? code.replaceAll('_', ' ');
}
