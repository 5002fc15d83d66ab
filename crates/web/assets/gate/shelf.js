// Where a browser keeps a record for when there is no network: in IndexedDB, replaced whole.
//
// Invariant: a record is put in one transaction, so what is read is what was once put. The gate's
// holds what the site publishes and nothing about anybody who was checked; a phone's holds its own
// keys, which cannot leave it. Refuses: more than one record under a name.

const STORE = "held";
const RECORD = "site";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @param {string} name @returns {Promise<IDBDatabase>} */
function open(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

/**
 * @template T @param {string} name @param {"readonly" | "readwrite"} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 */
async function ask(name, mode, ask) {
  const database = await open(name);
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

/** @param {string} name @returns {import("./store.js").Shelf} the shelf of that name */
const shelfOf = (name) => ({
  get: () => ask(name, "readonly", (store) => store.get(RECORD)),
  put: (record) => ask(name, "readwrite", (store) => store.put(record, RECORD)),
  clear: () => ask(name, "readwrite", (store) => store.delete(RECORD)),
  // Two windows must not both be the one that puts.
  inTurn: (work) => navigator.locks.request(name, work),
});

/** What a gate keeps in this browser. */
export const browserShelf = shelfOf("mingma-gate");

/** What a person's phone keeps: keys and credentials. */
export const ownShelf = shelfOf("mingma-code");
