import { Ownership, type Placed } from "../../src/fleet/ownership.ts";
import type { Records } from "../../src/fleet/records.ts";

const order: Placed = {
  node: "web01",
  keyId: "k1",
  state: "placed",
  requestId: 7,
  at: "2026-11-24T09:00:00.000Z",
  cents: null,
};

/** Records in memory, and who owns by them. */
function keeping(kept: Record<string, unknown>): { ownership: Ownership; kept: Map<string, unknown> } {
  const map = new Map(Object.entries(kept));
  const records = {
    read: async (key: string) => (map.has(key) ? { value: map.get(key), revision: 1 } : null),
    write: async (key: string, value: unknown) => void map.set(key, value),
    remove: async (key: string) => void map.delete(key),
  } as unknown as Records;
  return { ownership: new Ownership(records), kept: map };
}

const of = (node: string, reference: string) => ({ node, reference });

describe("an order that is given to another server", () => {
  test("is refused where the certificate of the same number belongs to another order, and nothing is changed", async () => {
    const before = { "request.7": of("web01", "xs-1"), "certificate.7": of("web03", "xs-9") };
    const { ownership, kept } = keeping(before);
    await expect(ownership.reassign(7, "web02")).rejects.toMatchObject({ code: "input-invalid" });
    expect(Object.fromEntries(kept)).toEqual(before);
  });

  test("takes its order and its key with it, and leaves what is another order's", async () => {
    const { ownership, kept } = keeping({
      "request.7": of("web01", "xs-1"),
      "order.xs-1": order,
      "key.k1": of("web01", "xs-1"),
      "key.k2": of("web01", "xs-2"),
      "certificate.8": of("web01", "xs-2"),
      "dispute.7": { node: "web02" },
    });
    await ownership.reassign(7, "web02");
    expect(Object.fromEntries(kept)).toEqual({
      "request.7": of("web02", "xs-1"),
      "order.xs-1": { ...order, node: "web02" },
      "key.k1": of("web02", "xs-1"),
      "key.k2": of("web01", "xs-2"),
      "certificate.8": of("web01", "xs-2"),
    });
  });

  test("named by its certificate's number, goes with its request", async () => {
    const { ownership, kept } = keeping({
      "request.7": of("web01", "xs-1"),
      "certificate.8": of("web01", "xs-1"),
      "order.xs-1": order,
    });
    await ownership.reassign(8, "web02");
    expect([kept.get("request.7"), kept.get("certificate.8")]).toEqual([
      of("web02", "xs-1"),
      of("web02", "xs-1"),
    ]);
  });

  test("that nobody has is the server's under either count", async () => {
    const { ownership, kept } = keeping({});
    await ownership.reassign(7, "web02");
    expect(Object.fromEntries(kept)).toEqual({
      "request.7": of("web02", ""),
      "certificate.7": of("web02", ""),
    });
  });
});
