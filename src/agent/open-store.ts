import { asCodedError } from "../errors.ts";
import { rebuildMark } from "../jobs/rebuild.ts";
import { holdsKeys } from "../keys/key-store.ts";
import type { Log } from "../logging.ts";
import { openDatabase, setStoreAside } from "../store/database.ts";
import { Store } from "../store/store.ts";

/**
 * Opens the store. A damaged one is set aside, never deleted, and a new one is begun. One that is begun where keys lie already
 * takes the place of a store that was lost: keys are files of their own and the CA knows the orders, so that what matters
 * can be found again (I9, F-04). Everything else that is wrong is thrown.
 */
export function openStore(stateDir: string, now: Date, log: Log): Store {
  const mark = now.toISOString();
  const first = holdsKeys(stateDir) ? { [rebuildMark]: mark } : {};
  const store = openOrBegin(stateDir, now, log, first);
  if (store.readMeta(rebuildMark) === mark)
    log.error("no store lay beside the keys; what they belong to is looked for at the CA", {});
  return store;
}

function openOrBegin(stateDir: string, now: Date, log: Log, first: Readonly<Record<string, string>>): Store {
  try {
    return new Store(openDatabase(stateDir, first));
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (error.code !== "store-damaged") throw error;
    const aside = setStoreAside(stateDir, now);
    log.error("the store was damaged; it was set aside and a new one is begun", { aside, error });
    return new Store(openDatabase(stateDir, first));
  }
}
