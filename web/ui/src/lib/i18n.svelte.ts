// Translation: a typed `t()` over two flat dictionaries, with {name} holes and Russian plurals.
import en from '../locales/en.json';
import ru from '../locales/ru.json';

export type Key = keyof typeof ru;
/** `qa` is for tests: English with accents and two fifths longer, to find words that do not fit or are not translated. */
export type Lang = 'ru' | 'en' | 'qa';

const accents: Record<string, string> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', y: 'ý', A: 'Á', E: 'É', I: 'Í', O: 'Ó', U: 'Ú' };
const longer = (text: string): string =>
  text.split('¦').map((form) => `${form.replace(/\{\w+\}|[aeiouyAEIOU]/g, (at) => accents[at] ?? at)}${'~'.repeat(Math.ceil(form.length * 0.4))}`).join('¦');
let pseudo: Record<string, string> | null = null;
const books: Record<Lang, Record<string, string>> = {
  ru, en,
  get qa() {
    // Lists that the code takes apart stay as they are.
    pseudo ??= Object.fromEntries(Object.entries(en).map(([key, text]) => [key, /^(symptoms|m\.works\.usual)/.test(key) ? text : longer(text)]));
    return pseudo;
  },
};

function stored(): Lang {
  try {
    const kept = localStorage.getItem('lang');
    return kept === 'en' || kept === 'qa' ? kept : 'ru';
  } catch {
    return 'ru';
  }
}

class Language {
  current = $state<Lang>(stored());
  set(lang: Lang): void {
    this.current = lang;
    document.documentElement.lang = lang === 'ru' ? 'ru' : 'en';
    try {
      localStorage.setItem('lang', lang);
    } catch {
      // Private mode: the choice lives for the page only.
    }
  }
}
export const language = new Language();

const rules = { ru: new Intl.PluralRules('ru'), en: new Intl.PluralRules('en'), qa: new Intl.PluralRules('en') };

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
