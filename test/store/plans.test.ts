import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/store/database.ts";
import { RequestLists } from "../../src/store/request-list.ts";
import { Store } from "../../src/store/store.ts";

const now = new Date("2026-11-24T09:00:00Z");
let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plans-"));
  store = new Store(openDatabase(folder));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** How SQLite goes about the one question that is asked: the steps in which it looks at tables and indices. */
function planOf(ask: () => unknown): string[] {
  const spies = [jest.spyOn(store.db, "all"), jest.spyOn(store.db, "lists")];
  ask();
  const asked = spies.flatMap((spy) => spy.mock.calls.map(([sql]) => sql));
  jest.restoreAllMocks();
  expect(asked).toHaveLength(1);
  return store.db.all(`EXPLAIN QUERY PLAN ${asked[0]}`).map((step) => String(step["detail"]));
}

// With a hundred thousand requests, reading each of them keeps webhooks and pages waiting.
describe("what is asked of a store with many requests is found", () => {
  test("for a walk over what is not settled, in the index itself", () => {
    const plan = planOf(() => store.unsettled.page("validating", "", 200));
    expect(plan[0]).toBe("SEARCH requests USING COVERING INDEX requests_unsettled (state=? AND reference>?)");
  });

  test("for what comes to its end, in the index itself", () => {
    const plan = planOf(() => store.requests.ending(now, now));
    expect(plan[0]).toBe("SEARCH r USING COVERING INDEX requests_by_end (not_after>? AND not_after<?)");
  });

  test("for certificates whose successor does not come, from the few that have a problem", () => {
    const plan = planOf(() => store.requests.blocked());
    expect(plan).toContain("SCAN requests USING INDEX requests_with_problem");
    expect(plan.filter((step) => / r /.test(step))).toEqual([
      "SEARCH r USING INDEX sqlite_autoindex_requests_1 (reference=?)",
    ]);
  });

  test("for keys that are kept to put something back, from the few that are", () => {
    expect(planOf(() => store.installations.oldBackups(now, 500))).toEqual([
      "SEARCH installations USING INDEX installations_with_backup (previous_key>?)",
    ]);
  });

  test("for what an account has under way, from the account", () => {
    const plan = planOf(() => store.requests.open(["bob"]));
    expect(plan).toContain("SEARCH r USING INDEX requests_by_account (account=? AND rank<?)");
  });

  test("for one account's list, in its order: the rest of a large account is not read", () => {
    const lists = new RequestLists(store.db);
    const scope = [{ name: "bob", createdAt: null, closed: [] }];
    const plan = planOf(() => lists.page({ scope, rank: null, search: "", limit: 25, offset: 0 }));
    expect(plan[0]).toBe("SEARCH r USING INDEX requests_by_account (account=?)");
    expect(plan).not.toContain("USE TEMP B-TREE FOR ORDER BY");
  });
});
