import { findRequest, inScope, isClosed, readScope, readVhosts } from "../../src/agent/page-data/scope.ts";
import { CodedError } from "../../src/errors.ts";
import type { JobContext } from "../../src/jobs/context.ts";
import type { Caller } from "../../src/panel.ts";
import type { StoredRequest } from "../../src/store/requests.ts";
import { admin, bob } from "../pages/page-fixtures.ts";

const accounts = [
  { name: "rob", owner: "admin", createdAt: "2025-01-01" },
  { name: "bob", owner: "rob", createdAt: "2026-01-01" },
  { name: "eve", owner: "admin", createdAt: "2026-02-02" },
];
const vhosts = accounts.flatMap(({ name }) =>
  ["one", "two"].map((site) => ({ id: `${site}-${name}.test`, account: name })),
);
const request = {
  reference: "xs-1",
  account: "bob",
  accountCreatedAt: "2026-01-01",
  names: ["www.example.test"],
} as unknown as StoredRequest;
const context = {
  panel: {
    readAccount: async (name: string) => accounts.find((account) => account.name === name),
    listAccounts: async () => accounts,
    listVhosts: async (account?: string) =>
      vhosts.filter((vhost) => account === undefined || vhost.account === account),
  },
  store: { requests: { get: (reference: string) => (reference === "xs-1" ? request : null) } },
} as unknown as JobContext;
const rob: Caller = { ...bob, account: "rob", role: "reseller", level: "reseller" };
const refused = (code: string): unknown => expect.objectContaining({ code });

describe("who may see what is asked of the panel each time", () => {
  test("nobody is an administrator or a reseller by opening their page", async () => {
    await expect(readScope(context, { ...bob, level: "administrator" })).rejects.toEqual(
      refused("not-allowed"),
    );
    await expect(readScope(context, { ...rob, level: "administrator" })).rejects.toEqual(
      refused("not-allowed"),
    );
    await expect(readScope(context, { ...bob, level: "reseller" })).rejects.toEqual(refused("not-allowed"));
  });

  test("an account sees itself, as it is now", async () => {
    expect(await readScope(context, bob)).toEqual([{ name: "bob", createdAt: "2026-01-01", closed: [] }]);
  });

  test("a reseller sees their own account and those they own now, no other", async () => {
    expect(await readScope(context, { ...rob, closed: ["x.test"] })).toEqual([
      { name: "rob", createdAt: "2025-01-01", closed: ["x.test"] },
      { name: "bob", createdAt: "2026-01-01", closed: ["x.test"] },
    ]);
  });

  test("an administrator on the reseller's page sees what belongs to them, on their own page everything", async () => {
    expect(await readScope(context, admin)).toBeNull();
    const scope = await readScope(context, { ...admin, level: "reseller" });
    expect(scope?.map(({ name }) => name)).toEqual(["rob", "eve"]);
  });
});

describe("a request is in reach", () => {
  const scope = (changes: object): never =>
    [{ name: "bob", createdAt: "2026-01-01", closed: [], ...changes }] as never;

  test("not of another account, of one made anew, or of a website kept from the caller", () => {
    expect(inScope(request, [])).toBe(false);
    expect(inScope(request, scope({ name: "eve" }))).toBe(false);
    expect(inScope(request, scope({ createdAt: "2026-09-09" }))).toBe(false);
    expect(inScope(request, scope({ closed: ["example.test"] }))).toBe(false);
  });

  test("of the account as it was, also where one side does not know when it was made", () => {
    expect(inScope(request, null)).toBe(true);
    expect(inScope(request, scope({}))).toBe(true);
    expect(inScope(request, scope({ createdAt: null }))).toBe(true);
    expect(inScope({ ...request, accountCreatedAt: null }, scope({ createdAt: "2026-09-09" }))).toBe(true);
  });

  test("a website is kept from somebody by its name, with www or as a wildcard, and by no part of a name", () => {
    expect(isClosed(["example.test"], ["example.test"])).toBe(true);
    expect(isClosed(["a.test", "www.example.test"], ["example.test"])).toBe(true);
    expect(isClosed(["*.example.test"], ["example.test"])).toBe(true);
    expect(isClosed(["www.example.test"], ["www.example.test"])).toBe(true);
    expect(isClosed(["shop.example.test", "wwwexample.test", "a.www.example.test"], ["example.test"])).toBe(
      false,
    );
    expect(isClosed(["example.test"])).toBe(false);
    expect(isClosed(["my.www.example.test"], ["my.example.test"])).toBe(false);
  });

  test("whatever is not theirs is not there, with the same words as what does not exist", async () => {
    const eve: Caller = { ...bob, account: "eve" };
    const foreign = findRequest(context, eve, "xs-1").catch((thrown: CodedError) => thrown);
    const missing = findRequest(context, bob, "xs-9").catch((thrown: CodedError) => thrown);
    for (const [thrown, reference] of [
      [await foreign, "xs-1"],
      [await missing, "xs-9"],
    ] as const) {
      expect(thrown).toBeInstanceOf(CodedError);
      expect(thrown).toMatchObject({ code: "not-found", detail: reference });
    }
    expect(await findRequest(context, bob, "xs-1")).toBe(request);
  });
});

describe("websites", () => {
  const seen = async (caller: Caller): Promise<string[]> =>
    (await readVhosts(context, caller, await readScope(context, caller))).map(({ id }) => id);

  test("an account has its own, without those that are kept from the caller", async () => {
    expect(await seen(bob)).toEqual(["one-bob.test", "two-bob.test"]);
    expect(await seen({ ...bob, closed: ["one-bob.test"] })).toEqual(["two-bob.test"]);
  });

  test("a reseller has those of their accounts, an administrator all", async () => {
    expect(await seen(rob)).toEqual(["one-rob.test", "two-rob.test", "one-bob.test", "two-bob.test"]);
    expect(await seen(admin)).toHaveLength(6);
  });
});
