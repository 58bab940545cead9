// How much of a text fits: reckoned from the widths of its letters. The browser's own ellipsis clips every line, and each
// clip is a piece of the picture that is put together anew whenever one of them changes.

export class Ruler {
  private pen = new OffscreenCanvas(1, 1).getContext('2d')!;
  private letters = new Map<string, number>();

  constructor(private font: string) {}

  /** The font has come since: what was measured was another one. */
  forget(): void {
    this.letters.clear();
  }

  private letter(of: string): number {
    let width = this.letters.get(of);
    if (width === undefined) {
      this.pen.font = this.font;
      width = this.pen.measureText(of).width;
      this.letters.set(of, width);
    }
    return width;
  }

  /** How many letters fit into so many pixels. */
  private reach(text: string, room: number): number {
    let n = 0;
    for (let used = 0; n < text.length; n++) {
      used += this.letter(text[n]!);
      if (used > room) break;
    }
    return n;
  }

  fits(text: string, room: number): boolean {
    return this.reach(text, room) === text.length;
  }

  /** As much of a text as fits, with `mark` where it is cut. */
  fit(text: string, room: number, mark = '…'): string {
    if (this.fits(text, room)) return text;
    const n = this.reach(text, room - (mark ? this.letter(mark) : 0));
    return n > 0 ? text.slice(0, n).trimEnd() + mark : '';
  }

  /** The same on two lines, parted between words. */
  wrap(text: string, room: number, mark = '…'): string {
    const n = this.reach(text, room);
    if (n === text.length) return text;
    const gap = text.lastIndexOf(' ', n);
    const end = gap > 0 ? gap : n;
    return end > 0 ? `${text.slice(0, end)}\n${this.fit(text.slice(end).trimStart(), room, mark)}` : '';
  }
}
