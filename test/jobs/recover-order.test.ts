import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";
import type { JobContext } from "../../src/jobs/context.ts";
import { recoverOrder } from "../../src/jobs/recover-order.ts";
import { openDatabase } from "../../src/store/database.ts";
import type { StoredRequest } from "../../src/store/requests.ts";
import { Store } from "../../src/store/store.ts";
import { exampleRequest } from "../fakes/example-request.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

const sent = new Date("2026-11-24T09:00:00Z");
/** From when on the hub of a fleet knows that nothing of it is on its way to the CA any more. */
const certain = new Date("2026-11-24T10:10:00Z");
let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recover-"));
  store = new Store(openDatabase(folder));
  store.intents.takeOver();
  store.requests.add(exampleRequest({ reference: "xs-1", state: "ordering", createdAt: sent }));
  store.intents.begin("order", "xs-1", {}, sent);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** What becomes of looking for the order at that time of the day, when the search ends like this. */
function lookAt(time: string, findOrder: () => Promise<number | null>): Promise<string | null> {
  const context = {
    store,
    clock: new FakeClock(new Date(`2026-11-24T${time}Z`)),
    locks: { isHeld: () => false },
    ca: { findOrder },
  } as unknown as JobContext;
  return recoverOrder(context, store.requests.get("xs-1") as StoredRequest).then(
    (next) => next?.toISOString().slice(11, 19) ?? null,
  );
}

const tellsNotYet = (): Promise<never> =>
  Promise.reject(new CodedError("ca-outcome-unknown", { notBefore: certain }));

test.each([
  ["09:02:30", "09:12:30"],
  ["09:12:30", "09:25:00"],
  ["09:25:00", "09:50:00"],
  ["09:50:00", "10:10:00"],
  // The hub's clock is behind.
  ["10:10:30", "10:11:30"],
])(
  "F-44 at %s it can't be told yet whether an order was placed: it is looked for again at %s",
  async (time, next) => {
    expect(await lookAt(time, tellsNotYet)).toBe(next);
    expect(store.requests.get("xs-1")).toMatchObject({ state: "ordering", reason: "ca-outcome-unknown" });
    expect(store.intents.open("order")).toHaveLength(1);
  },
);

test.each(["ca-unreachable", "bus-unreachable", "ca-answer-unreadable"] as const)(
  "F-44 a search that fails (%s) tells nothing and counts as a failure",
  async (code) => {
    await expect(lookAt("09:50:00", () => Promise.reject(new CodedError(code)))).rejects.toMatchObject({
      code,
    });
    expect(store.requests.get("xs-1")?.state).toBe("ordering");
  },
);
