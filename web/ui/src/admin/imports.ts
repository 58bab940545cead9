// A table on its way into the house: sent in pieces, looked at, and its refused lines as a file for the spreadsheet.
import { hashOf } from '../m/files';
import { get } from '../lib/session.svelte';
import { Refusal } from '../live/client';
import type { Problem } from '../wire/types';

export type What = 'clients' | 'points' | 'units' | 'agreements';
export const whats: What[] = ['clients', 'points', 'units', 'agreements'];
export interface Form { charset: string | null; delimiter: string | null; sheet: string | null; header: number | null }
export interface CellProblem { field: string; value: string; expected: string }
export interface PreviewRow { line: number; cells: string[]; fate: 'new' | 'changed' | 'known' | 'bad'; problems: CellProblem[] }
export interface Tally { lines: number; created: number; updated: number; skipped: number; bad: number; undone: number; kept: number }
export interface Preview {
  outline: { form: Form; sheets: string[]; headings: string[] };
  fields: string[]; mapping: Record<string, number>; missing: string[][];
  rows: PreviewRow[]; bad: PreviewRow[]; tally: Tally; unplaced: number;
}
export interface Wish { file: string; name: string; what: What; form: Partial<Form>; mapping: Record<string, number> | null; duplicates: 'skip' | 'update' }
export interface ImportRow { id: string; ver: number; wish: Wish; state: 'running' | 'done' | 'undoing' | 'undone' | 'broken'; by: string; at: string; line: number; tally: Tally; reason: string | null }
export interface BadLine { line: number; problems: CellProblem[]; cells: string[] }
export interface KeptCard { line: number; card: string; name: string; why: 'edited' | 'used' }

const PIECE = 192 * 1024;

async function refusal(answer: Response): Promise<Error> {
  const problem = (await answer.json().catch(() => null)) as Problem | null;
  return problem ? new Refusal(problem) : new Error(answer.statusText);
}

/** Brings a file to the server, going on where an earlier try was cut; gives its name there. */
export async function bring(file: File, told: (share: number) => void): Promise<string> {
  const bytes = await file.arrayBuffer();
  const name = await hashOf(bytes);
  const url = `/api/imports/files/${name}`;
  const before = await fetch(url);
  let held = before.ok ? ((await before.json()) as { bytes: number; whole: boolean }) : { bytes: 0, whole: false };
  while (!held.whole) {
    const answer = await fetch(url, { method: 'PATCH', body: bytes.slice(held.bytes, held.bytes + PIECE), headers: { 'upload-offset': String(held.bytes), 'upload-length': String(bytes.byteLength) } });
    if (!answer.ok) throw await refusal(answer);
    held = (await answer.json()) as { bytes: number; whole: boolean };
    told(held.bytes / bytes.byteLength);
  }
  return name;
}

/** What the table begins with and what would become of its lines. */
export async function look(wish: Wish, signal: AbortSignal): Promise<Preview> {
  const answer = await fetch('/api/imports/preview', { method: 'POST', body: JSON.stringify(wish), headers: { 'content-type': 'application/json' }, signal });
  if (!answer.ok) throw await refusal(answer);
  return (await answer.json()) as Preview;
}

export const linesOf = (id: string): Promise<{ bad: BadLine[]; kept: KeptCard[] }> => get(`/api/imports/${id}/lines`);

/** CSV that spreadsheets open by a double click: a mark for UTF-8, semicolons, and no cell that would be a formula. */
export function csv(rows: (string | number)[][]): string {
  const cell = (value: string | number): string => {
    const text = String(value);
    const tame = /^[=+\-@\t]/.test(text) && !/^[+-]?[\d\s().,-]+$/.test(text) ? `'${text}` : text;
    return /[";\n\r]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
  };
  return `\ufeff${rows.map((row) => row.map(cell).join(';')).join('\r\n')}\r\n`;
}

/** Hands a file to the person. */
export function hand(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
