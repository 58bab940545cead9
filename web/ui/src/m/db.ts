// The phone's small database: queued operations and the last seen jobs, in IndexedDB.
const NAME = 'callout-phone';

export interface Store {
  all<T>(table: 'ops' | 'rows'): Promise<T[]>;
  put(table: 'ops' | 'rows', value: unknown): Promise<void>;
  remove(table: 'ops' | 'rows', key: IDBValidKey): Promise<void>;
  replace(table: 'ops' | 'rows', values: unknown[]): Promise<void>;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const ask = indexedDB.open(NAME, 1);
    ask.onupgradeneeded = () => {
      ask.result.createObjectStore('ops', { keyPath: 'order', autoIncrement: true });
      ask.result.createObjectStore('rows', { keyPath: 'key' });
    };
    ask.onsuccess = () => resolve(ask.result);
    ask.onerror = () => reject(ask.error);
  });
}

export async function openStore(): Promise<Store> {
  const db = await open();
  const run = <T>(table: string, mode: IDBTransactionMode, work: (s: IDBObjectStore) => IDBRequest<T> | void): Promise<T> =>
    new Promise((resolve, reject) => {
      const tx = db.transaction(table, mode);
      const ask = work(tx.objectStore(table));
      tx.oncomplete = () => resolve(ask ? ask.result : (undefined as T));
      tx.onerror = tx.onabort = () => reject(tx.error);
    });
  return {
    all: <T>(table: 'ops' | 'rows') => run(table, 'readonly', (s) => s.getAll()) as Promise<T[]>,
    put: async (table, value) => void (await run(table, 'readwrite', (s) => s.put(value))),
    remove: async (table, key) => void (await run(table, 'readwrite', (s) => s.delete(key))),
    replace: async (table, values) =>
      void (await run(table, 'readwrite', (s) => {
        s.clear();
        for (const value of values) s.put(value);
      })),
  };
}
