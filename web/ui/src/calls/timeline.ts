// A recording of several files as one line of time: the server was away in between, and the gaps are part of it. Pure.

/** One file: where it is, when it begins on the line and how long it lasts, in milliseconds. */
export interface Part { url: string; from: number; length: number }
export interface Stretch { from: number; length: number; gap: boolean }

/** Parts and the gaps between them, in their order; what overlaps by a rounding begins where the last one ended. */
export function stretches(parts: Part[]): Stretch[] {
  const line: Stretch[] = [];
  let at = 0;
  for (const part of parts) {
    if (part.from > at) line.push({ from: at, length: part.from - at, gap: true });
    const from = Math.max(at, part.from);
    line.push({ from, length: part.length, gap: false });
    at = from + part.length;
  }
  return line;
}

export function whole(parts: Part[]): number {
  const last = stretches(parts).at(-1);
  return last ? last.from + last.length : 0;
}

/** Which file sounds at a moment of the line, and where in it; in a gap the next one from its beginning. */
export function place(parts: Part[], at: number): { part: number; offset: number } {
  const sounds = stretches(parts).filter((s) => !s.gap);
  const found = sounds.findIndex((s) => at < s.from + s.length);
  const part = found < 0 ? sounds.length - 1 : found;
  const of = sounds[part];
  return { part, offset: of ? Math.min(Math.max(0, at - of.from), of.length) : 0 };
}

/** The moment of the line at which a file begins. */
export function begins(parts: Part[], part: number): number {
  return stretches(parts).filter((s) => !s.gap)[part]?.from ?? 0;
}
