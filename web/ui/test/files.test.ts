// Photographs on the phone: whole at the server after any cut, and never given up but for a final no.
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { openStore } from '../src/m/db';
import { Files, hashOf, type Wire } from '../src/m/files';

const bytesOf = (n: number, seed: number) => Uint8Array.from({ length: n }, (_, i) => (i * 31 + seed) & 255).buffer;

describe('files of the phone', () => {
  it('come whole through a line that is cut at every turn, also over restarts', async () => {
    const server = new Map<string, Uint8Array>();
    let seed = 11;
    const random = () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32);
    const wire: Wire = {
      async held(name) {
        if (random() < 0.3) throw new Error('cut');
        const part = server.get(name);
        return part ? { bytes: part.length, whole: false } : null;
      },
      async append(name, from, total, piece) {
        if (random() < 0.3) throw new Error('cut');
        const part = server.get(name) ?? new Uint8Array();
        if (from > part.length) return 'again';
        const next = new Uint8Array(from + piece.byteLength);
        next.set(part.subarray(0, from));
        next.set(new Uint8Array(piece), from);
        server.set(name, next);
        if (random() < 0.3) throw new Error('answer lost');
        return { bytes: next.length, whole: next.length === total };
      },
    };
    const store = await openStore();
    const names: string[] = [];
    let files = new Files(store, 'u1', wire, () => {});
    for (let n = 0; n < 6; n++) names.push(await files.keep(bytesOf(400_000 + n, n), n));
    for (let turn = 0; turn < 400; turn++) {
      if (turn % 7 === 6) {
        files = new Files(store, 'u1', wire, () => {});
        await files.load();
      }
      await files.flush();
      if (!(await store.all('files')).length) break;
    }
    expect(await store.all('files')).toEqual([]);
    for (const name of names) expect(await hashOf(server.get(name)!.slice().buffer as ArrayBuffer)).toBe(name);
  });

  it('are let go when the server will never take them', async () => {
    const store = await openStore();
    const files = new Files(store, 'u2', { held: async () => null, append: async () => 'no' }, () => {});
    await files.keep(bytesOf(10, 1), 0);
    await files.flush();
    expect((await store.all<{ user: string }>('files')).filter((f) => f.user === 'u2')).toEqual([]);
  });
});
