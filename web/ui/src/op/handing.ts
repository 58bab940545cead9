// Whom a call can be given to, as one list: colleagues who are free, queues, masters and clients, a number as typed. Pure.
import type { Operator, Person } from '../wire/types';

export interface Choice { key: string; kind: 'colleague' | 'boss' | 'queue' | 'master' | 'client' | 'number'; name: string; phone?: string }

const folded = (text: string): string => text.toLowerCase().replaceAll('ё', 'е');
const fits = (name: string, typed: string): boolean => {
  const words = folded(name).split(/[^\p{L}\p{N}]+/u);
  return folded(typed).split(/\s+/).filter(Boolean).every((part) => words.some((word) => word.startsWith(part)));
};

/** The number that was typed, when it is long enough to be one. */
export function number(typed: string): string | null {
  const bare = typed.trim();
  return /^[+\d][\d\s()–-]*$/.test(bare) && bare.replace(/\D/g, '').length >= 7 ? bare : null;
}

export function choices(typed: string, free: Operator[], found: Person[]): Choice[] {
  const mine = free.filter((o) => fits(o.name, typed)).sort((a, b) => a.name.localeCompare(b.name));
  const list: Choice[] = mine.map((o) => ({ key: o.id, kind: o.supervises ? 'boss' : 'colleague', name: o.name }));
  for (const p of found) list.push({ key: `${p.kind} ${p.name} ${p.phone ?? ''}`, kind: p.kind, name: p.name, phone: p.phone });
  const dialled = number(typed);
  const digits = dialled?.replace(/\D/g, '').slice(-10);
  if (dialled && !list.some((c) => c.phone?.endsWith(digits!))) list.push({ key: 'number', kind: 'number', name: dialled, phone: dialled });
  // The same person by two ways is one row.
  return list.filter((c, i) => list.findIndex((other) => other.key === c.key) === i);
}

/** What the command says of the choice. */
export function target(choice: Choice): Record<string, string> {
  if (choice.kind === 'queue') return { queue: choice.name };
  if (choice.kind === 'colleague' || choice.kind === 'boss') return { operator: choice.key };
  return { number: choice.phone ?? choice.name };
}
