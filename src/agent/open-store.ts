import { asCodedError } from "../errors.ts";
import { rebuildMark } from "../jobs/rebuild.ts";
import type { Log } from "../logging.ts";
import { openDatabase, setStoreAside } from "../store/database.ts";
import { Store } from "../store/store.ts";

/**
 * Opens the store. A damaged one is set aside, never deleted, and a new one is begun: keys are files of their own and the
 * CA knows the orders, so that what matters can be found again (I9, F-04). Everything else that is wrong is thrown.
 */
export function openStore(stateDir: string, now: Date, log: Log): Store {
  try {
    return new Store(openDatabase(stateDir));
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (error.code !== "store-damaged") throw error;
    const aside = setStoreAside(stateDir, now);
    log.error("the store was damaged; it was set aside and a new one is begun", { aside, error });
    const store = new Store(openDatabase(stateDir));
    store.writeMeta(rebuildMark, now.toISOString());
    return store;
  }
}
