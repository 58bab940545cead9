// Templates of work as their editor holds them: items with a key of their own, and what is sent of them.
import type { Wire } from '../../wire/http';

export type Template = Wire<'Template'>;
export type Card = Wire<'TemplateCard'>;
export type ItemKind = Wire<'ChecklistItem'>['kind'];
export type WorkKind = Template['kind'];
export interface BuiltIn { kind: string; items: Wire<'ChecklistItem'>[] }
export interface Templates { templates: Template[]; built_in: BuiltIn[] }
export const kinds: WorkKind[] = ['repair', 'maintenance', 'install', 'kkt', 'complaint', 'question'];
export const itemKinds: ItemKind[] = ['tick', 'reading', 'choice', 'text', 'photo'];
export const most = 40;

/** An item as it is typed: limits and words to choose from are text until they are sent. */
export interface Draft { key: number; code: string; ru: string; en: string; kind: ItemKind; must: boolean; unit: string; low: string; high: string; options: string }
export interface Form { name: string; minutes: string; items: Draft[] }

/** The template of a sort of work, for all equipment or for that of one skill. */
export const templateOf = (all: Template[], kind: WorkKind, skill: string | null): Template | undefined => all.find((it) => it.kind === kind && (it.skill ?? null) === skill);
/** The version that visits are sent out with. */
export const inForce = (it: Template | undefined): Template['editions'][number] | undefined => (it?.state === 'published' ? it.editions.at(-1) : undefined);

let last = 0;
const typed = (n: number | null | undefined): string => (n === null || n === undefined ? '' : String(n));
export function toDraft(item: Wire<'ChecklistItem'>): Draft {
  return { key: ++last, code: item.code, ru: item.ru ?? '', en: item.en ?? '', kind: item.kind, must: item.must, unit: item.unit ?? '', low: typed(item.low), high: typed(item.high), options: (item.options ?? []).join('\n') };
}
export const toForm = (card: Card): Form => ({ name: card.name, minutes: typed(card.minutes), items: card.items.map(toDraft) });
/** A code that no other item has: answers of a visit are told apart by it. */
export function freshCode(items: { code: string }[]): string {
  const used = items.map((it) => Number(/^item_(\d+)$/.exec(it.code)?.[1] ?? 0));
  return `item_${Math.max(0, ...used) + 1}`;
}
export const blank = (items: Draft[]): Draft => toDraft({ code: freshCode(items), ru: '', kind: 'tick', must: true });

const number = (text: string): number | null => {
  const said = text.replace(',', '.').replace(/\s/g, '');
  return said && Number.isFinite(Number(said)) ? Number(said) : null;
};
export const options = (item: Draft): string[] => item.options.split('\n').map((line) => line.trim()).filter(Boolean);
/** What is sent: of each item only what its sort has. */
export function toCard(form: Form): Card {
  return {
    name: form.name.trim(),
    minutes: number(form.minutes),
    items: form.items.map(({ code, ru, en, kind, must, unit, low, high, ...item }) => ({
      code, ru: ru.trim(), en: en.trim(), kind, must,
      ...(kind === 'reading' && { unit: unit.trim(), low: number(low), high: number(high) }),
      ...(kind === 'choice' && { options: options({ code, ru, en, kind, must, unit, low, high, ...item }) }),
    })),
  };
}
/** Moves an item by one place; gives where it is then. */
export function shift<T>(items: T[], at: number, by: -1 | 1): number {
  const to = at + by;
  if (to < 0 || to >= items.length) return at;
  [items[at], items[to]] = [items[to]!, items[at]!];
  return to;
}
