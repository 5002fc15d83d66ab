// Where a browser keeps what the gate fetched: one record in IndexedDB, replaced whole.
//
// Invariant: a record is put in one transaction, so what is read is what was once put. It holds
// what the site publishes and nothing about anybody who was checked. Refuses: any other record.

const NAME = "mingma-gate";
const STORE = "held";
const RECORD = "site";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

/**
 * @template T @param {"readonly" | "readwrite"} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 */
async function ask(mode, ask) {
  const database = await open();
  try {
    const transaction = database.transaction(STORE, mode);
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const found = await settled(ask(transaction.objectStore(STORE)));
    await done;
    return found;
  } finally {
    database.close();
  }
}

/**
 * The shelf of this browser.
 * @type {import("./store.js").Shelf}
 */
export const browserShelf = {
  get: () => ask("readonly", (store) => store.get(RECORD)),
  put: (record) => ask("readwrite", (store) => store.put(record, RECORD)),
  clear: () => ask("readwrite", (store) => store.delete(RECORD)),
  // Two windows of one gate must not both be the one that puts.
  inTurn: (work) => navigator.locks.request(NAME, work),
};
