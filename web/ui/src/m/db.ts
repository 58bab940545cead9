// The phone's small database: queued operations, what was refused, files to be sent and the last seen jobs, in IndexedDB.
const NAME = 'callout-phone';

export type Table = 'ops' | 'rows' | 'refused' | 'files';

export interface Store {
  all<T>(table: Table): Promise<T[]>;
  put(table: Table, value: unknown): Promise<void>;
  /** Writes a row down under the next number of the table, and says which. */
  append(table: 'ops', value: unknown): Promise<number>;
  remove(table: Table, key: IDBValidKey): Promise<void>;
  replace(table: Table, values: unknown[]): Promise<void>;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const ask = indexedDB.open(NAME, 2);
    ask.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) {
        ask.result.createObjectStore('ops', { keyPath: 'order', autoIncrement: true });
        ask.result.createObjectStore('rows', { keyPath: 'key' });
      }
      ask.result.createObjectStore('refused', { keyPath: 'id' });
      ask.result.createObjectStore('files', { keyPath: 'name' });
    };
    ask.onsuccess = () => {
      // A newer page of this phone wants to change the tables: let it.
      ask.result.onversionchange = () => ask.result.close();
      resolve(ask.result);
    };
    ask.onerror = () => reject(ask.error);
  });
}

export async function openStore(): Promise<Store> {
  const db = await open();
  const run = <T>(table: string, mode: IDBTransactionMode, work: (s: IDBObjectStore) => IDBRequest<T> | void): Promise<T> =>
    new Promise((resolve, reject) => {
      // Strict: the promise is kept when the bytes are on the disk, not when they are on their way to it.
      const tx = db.transaction(table, mode, mode === 'readwrite' ? { durability: 'strict' } : undefined);
      const ask = work(tx.objectStore(table));
      tx.oncomplete = () => resolve(ask ? ask.result : (undefined as T));
      tx.onerror = tx.onabort = () => reject(tx.error);
    });
  return {
    all: <T>(table: Table) => run(table, 'readonly', (s) => s.getAll()) as Promise<T[]>,
    put: async (table, value) => void (await run(table, 'readwrite', (s) => s.put(value))),
    append: async (table, value) => Number(await run(table, 'readwrite', (s) => s.add(value))),
    remove: async (table, key) => void (await run(table, 'readwrite', (s) => s.delete(key))),
    replace: async (table, values) =>
      void (await run(table, 'readwrite', (s) => {
        s.clear();
        for (const value of values) s.put(value);
      })),
  };
}

/** For a browser that keeps nothing (a private window): the queue lives for as long as the page does. */
export function memoryStore(): Store {
  let last = 0;
  return { all: async () => [], put: async () => undefined, append: async () => ++last, remove: async () => undefined, replace: async () => undefined };
}
