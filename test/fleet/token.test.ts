import type { BusSession } from "../../src/fleet/bus.ts";
import { makeIdentity } from "../../src/fleet/credential.ts";
import type { Records } from "../../src/fleet/records.ts";
import { admit, redeemToken, type Token } from "../../src/fleet/token.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

const token: Token = {
  v: 1,
  id: "0".repeat(32),
  node: "web01",
  servers: ["bus"],
  authority: "",
  credential: "",
};

/** A bus whose hub answers what it is asked, as text. */
function busThat(answer: (question: string) => Promise<string>): Pick<BusSession, "connection"> {
  const request = async (_subject: string, data: Uint8Array): Promise<{ data: Buffer }> => ({
    data: Buffer.from(await answer(Buffer.from(data).toString())),
  });
  return { connection: { request } } as unknown as BusSession;
}

test("a token that no hub answers is bus-unreachable", async () => {
  const bus = busThat(() => Promise.reject(new Error("timeout")));
  await expect(redeemToken(bus, token)).rejects.toMatchObject({ code: "bus-unreachable" });
});

test("when the answer to a token is lost it is asked again with the same key, which the hub may know by then", async () => {
  const asked: string[] = [];
  const bus = busThat(async (question) => {
    asked.push(question);
    if (asked.length === 1) throw new Error("timeout");
    return JSON.stringify({ result: { node: "web01", jwt: "signed" } });
  });
  expect((await redeemToken(bus, token)).node).toBe("web01");
  expect(asked).toHaveLength(2);
  expect(asked[1]).toBe(asked[0]);
});

test("a server that is taken out while its token is shown does not come in by it", async () => {
  const kept = new Map<string, unknown>([
    [`token.${token.id}`, { node: "web01", expires: "2030-01-01T00:00:00.000Z", publicKey: null }],
    ["member.web01", { removed: false, keys: ["U1"] }],
  ]);
  const records = {
    read: async (key: string) => (kept.has(key) ? { value: kept.get(key), revision: 1 } : null),
    async replace(key: string, value: unknown) {
      kept.set(key, value);
      // The administrator is quicker than the rest of it.
      kept.delete(`token.${token.id}`);
      kept.set("member.web01", { removed: true, keys: ["U1"] });
      return true;
    },
    async update(key: string, _schema: unknown, change: (before: unknown) => unknown) {
      kept.set(key, change(kept.get(key) ?? null));
    },
    remove: async () => undefined,
  } as unknown as Records;
  const account = await makeIdentity("account");
  const { publicKey } = await makeIdentity("user");
  const shown = admit({ records, account, clock: new FakeClock() }, token.id, {
    data: Buffer.from(JSON.stringify({ publicKey })),
  });
  await expect(shown).rejects.toMatchObject({ code: "token-refused" });
  expect(kept.get("member.web01")).toMatchObject({ removed: true });
});
