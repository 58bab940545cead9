// Photographs and signatures on their way to the server: kept on the phone, sent in pieces, gone on with after a cut.
import type { Store } from './db';

export interface Kept { name: string; bytes: ArrayBuffer; user: string; at: number }
export interface Wire {
  /** How many bytes the server has; `null` when it has none. */
  held(name: string): Promise<{ bytes: number; whole: boolean } | null>;
  /** Sends a piece; throws when nobody answered. `no` = the server will never take this file. */
  append(name: string, from: number, total: number, piece: ArrayBuffer): Promise<{ bytes: number; whole: boolean } | 'again' | 'no'>;
}
const PIECE = 128 * 1024;

export const hashOf = async (bytes: ArrayBuffer): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((b) => b.toString(16).padStart(2, '0')).join('');

export class Files {
  waiting: Kept[] = [];
  private going: Promise<void> | null = null;
  constructor(private store: Store, private user: string, private wire: Wire, private changed: () => void) {}

  async load(): Promise<void> {
    this.waiting = (await this.store.all<Kept>('files')).filter((f) => f.user === this.user);
    this.changed();
    void this.flush();
  }

  /** Keeps the bytes on the phone and gives their name; the step that speaks of them may go first. */
  async keep(bytes: ArrayBuffer, at: number): Promise<string> {
    const file = { name: await hashOf(bytes), bytes, user: this.user, at };
    await this.store.put('files', file);
    if (!this.waiting.some((f) => f.name === file.name)) this.waiting = [...this.waiting, file];
    this.changed();
    void this.flush();
    return file.name;
  }

  /** Sends what waits; a second asker waits for the same round. */
  flush(): Promise<void> {
    this.going ??= this.round().finally(() => (this.going = null));
    return this.going;
  }

  private async round(): Promise<void> {
    try {
      for (const file of [...this.waiting]) if (await this.sent(file)) await this.forget(file);
    } catch {
      // No line: the next round goes on where the server says.
    }
  }

  /** Sends what the server lacks. A file it will never take is let go too: it cannot be mended here. */
  private async sent(file: Kept): Promise<boolean> {
    const total = file.bytes.byteLength;
    for (let turn = 0; turn < 3; turn++) {
      let at = (await this.wire.held(file.name)) ?? { bytes: 0, whole: false };
      while (!at.whole) {
        const answer = await this.wire.append(file.name, at.bytes, total, file.bytes.slice(at.bytes, at.bytes + PIECE));
        if (answer === 'no') return true;
        if (answer === 'again') break;
        at = answer;
      }
      if (at.whole) return true;
    }
    return false;
  }

  private async forget(file: Kept): Promise<void> {
    await this.store.remove('files', file.name);
    this.waiting = this.waiting.filter((f) => f.name !== file.name);
    this.changed();
  }
}

/** Over HTTP, with the session's cookie. */
export const http: Wire = {
  async held(name) {
    const answer = await fetch(`/api/blobs/${name}/held`);
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`held: ${answer.status}`);
    return answer.json();
  },
  async append(name, from, total, piece) {
    const answer = await fetch(`/api/blobs/${name}`, { method: 'PATCH', body: piece, headers: { 'upload-offset': String(from), 'upload-length': String(total) } });
    if (answer.ok) return answer.json();
    if (answer.status === 409) return 'again';
    if (answer.status === 413 || answer.status === 422) return 'no';
    throw new Error(`append: ${answer.status}`);
  },
};

/** A photograph small enough to be sent from a cellar: at most 1600 pixels, JPEG. */
export async function shrink(file: Blob): Promise<ArrayBuffer> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
  canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.82 })).arrayBuffer();
}
