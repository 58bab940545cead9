// Translation: a typed `t()` over two flat dictionaries, with {name} holes and Russian plurals.
import type campaigns from '../locales/campaigns/campaigns.ru.json';
import type cards from '../locales/cards/cards.ru.json';
import type calls from '../locales/calls/calls.ru.json';
import type lines from '../locales/lines/lines.ru.json';
import type office from '../locales/office/office-ru.json';
import type plan from '../locales/plan/plan.ru.json';
import type people from '../locales/people/people.ru.json';
import type ru from '../locales/ru.json';

export type Key = keyof typeof ru | keyof typeof office | keyof typeof calls | keyof typeof lines | keyof typeof campaigns | keyof typeof people | keyof typeof cards | keyof typeof plan;
/** `qa` is for tests: English with accents and two fifths longer, to find words that do not fit or are not translated. */
export type Lang = 'ru' | 'en' | 'qa';

const accents: Record<string, string> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', y: 'ý', A: 'Á', E: 'É', I: 'Í', O: 'Ó', U: 'Ú' };
const longer = (text: string): string =>
  text.split('¦').map((form) => `${form.replace(/\{\w+\}|[aeiouyAEIOU]/g, (at) => accents[at] ?? at)}${'~~~~~ '.repeat(Math.ceil(form.length / 15)).slice(0, Math.ceil(form.length * 0.4)).trimEnd()}`).join('¦');
type Book = Record<string, string>;
/** Words for every screen; words of the board and of the administrator alone; of the screens of the telephone; of the book of lines; of campaigns; of the administrator's other editors; of clients' cards; of the month plan; why the server said no. */
export type Part = 'all' | 'office' | 'calls' | 'lines' | 'campaigns' | 'people' | 'cards' | 'plan' | 'refusals';
/** Lists that the code takes apart stay as they are. */
const pseudo = (book: Book): Book => Object.fromEntries(Object.entries(book).map(([key, text]) => [key, /^(symptoms|m\.works\.usual)/.test(key) ? text : longer(text)]));
/** A dictionary is loaded when it is spoken, that of some screens where it is read: nobody pays for the others. */
const shelf: Record<'ru' | 'en', Record<Part, () => Promise<{ default: Book }>>> = {
  ru: { all: () => import('../locales/ru.json'), office: () => import('../locales/office/office-ru.json'), calls: () => import('../locales/calls/calls.ru.json'), lines: () => import('../locales/lines/lines.ru.json'), campaigns: () => import('../locales/campaigns/campaigns.ru.json'), people: () => import('../locales/people/people.ru.json'), cards: () => import('../locales/cards/cards.ru.json'), plan: () => import('../locales/plan/plan.ru.json'), refusals: () => import('../locales/refusals/refusals.ru.json') },
  en: { all: () => import('../locales/en.json'), office: () => import('../locales/office/office-en.json'), calls: () => import('../locales/calls/calls.en.json'), lines: () => import('../locales/lines/lines.en.json'), campaigns: () => import('../locales/campaigns/campaigns.en.json'), people: () => import('../locales/people/people.en.json'), cards: () => import('../locales/cards/cards.en.json'), plan: () => import('../locales/plan/plan.en.json'), refusals: () => import('../locales/refusals/refusals.en.json') },
};
async function book(lang: Lang, part: Part): Promise<Book> {
  const words = (await shelf[lang === 'ru' ? 'ru' : 'en'][part]()).default;
  return lang === 'qa' ? pseudo(words) : words;
}
const books: Partial<Record<Lang, Book>> = {};

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
  /** The house's own names of skills; they stand before those of the dictionary. */
  skills = $state.raw<{ code: string; ru: string; en: string; tone: string; retired: boolean }[]>([]);
  /** Fetches the dictionary of the language; the first one must be here before anything is shown. */
  async load(lang: Lang = this.current): Promise<void> {
    for (const part of this.wanted) {
      if (this.read.has(`${lang} ${part}`)) continue;
      const words = await book(lang, part);
      books[lang] = { ...books[lang], ...words };
      this.read.add(`${lang} ${part}`);
    }
  }
  /** A screen needs the words of a part, in whatever language is spoken then. */
  async need(part: Part): Promise<void> {
    this.wanted.add(part);
    await this.load();
  }
  private wanted = new Set<Part>(['all']);
  private read = new Set<string>();
  async set(lang: Lang): Promise<void> {
    await this.load(lang);
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
  let text = books[lang]?.[key] ?? key;
  if (holes && typeof holes.n === 'number' && text.includes('¦')) {
    const forms = text.split('¦');
    const form = rules[lang].select(holes.n);
    text = (lang === 'ru' ? forms[form === 'one' ? 0 : form === 'few' ? 1 : 2] : forms[form === 'one' ? 0 : 1]) ?? forms[0]!;
  }
  return holes ? text.replace(/\{(\w+)\}/g, (_, name: string) => String(holes[name] ?? '')) : text;
}

/** The state of a request, which on a client's card may be the state of its visit. */
export function requestState(code: string): string {
  const book = books[language.current] ?? {};
  return book[`reqstate.${code}`] ?? book[`state.${code}`] ?? code;
}

/** A word of the wire (`state.en_route`), or the word itself when the dictionary does not know it. */
export function word(group: string, code: string | null | undefined): string {
  if (!code) return '';
  const own = group === 'skill' ? language.skills.find((skill) => skill.code === code) : undefined;
  if (own) return language.current === 'ru' ? own.ru : own.en;
  return books[language.current]?.[`${group}.${code}`] ?? code.replaceAll('_', ' ');
}
