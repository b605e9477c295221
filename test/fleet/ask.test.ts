import { createAsk } from "../../src/fleet/ask.ts";
import type { Bus } from "../../src/fleet/bus.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

/** Asks a hub that says nothing, and tells after how many seconds that is given up, with the code. */
async function unanswered(name: "hello" | "readMessages" | "cancelRequest"): Promise<[number, string]> {
  const clock = new FakeClock();
  const bus = {
    now: () => ({ connection: { request: () => new Promise(() => undefined) } }),
    whileConnected: (work: unknown) => work,
  } as unknown as Bus;
  const ask = createAsk(bus, "web01", clock, () => ({ id: "a", previous: [], machine: "m", at: "" }));
  let givenUp: [number, string] | null = null;
  const args = { hello: {}, readMessages: { id: 1 }, cancelRequest: { id: 1, reason: "" } }[name];
  ask(name, args as never).catch(({ code }: { code: string }) => {
    givenUp = [clock.monotonic() / 1_000, code];
  });
  while (givenUp === null) await clock.advance(1_000);
  return givenUp;
}

test("what the hub answers without the CA is given up after half a minute, because wake-ups wait for it", async () => {
  expect(await unanswered("hello")).toEqual([30, "bus-unreachable"]);
});

test("what the CA has a part in is waited for as long as that takes at its slowest, and a change is never taken for not done", async () => {
  expect(await unanswered("readMessages")).toEqual([100, "bus-unreachable"]);
  expect(await unanswered("cancelRequest")).toEqual([160, "ca-outcome-unknown"]);
});

test("what a hub leaves to others, because it is being stopped, is asked once more, and no more than that", async () => {
  const { NoRespondersError } = await import("@nats-io/transport-node");
  for (const [unheard, outcome] of [
    [1, "done"],
    [2, "bus-unreachable"],
  ] as const) {
    let asked = 0;
    const request = async (): Promise<{ data: Uint8Array }> => {
      asked += 1;
      if (asked <= unheard) throw new NoRespondersError("xs.ask.web01.cancelRequest");
      return { data: Buffer.from('{"result":null}') };
    };
    const bus = {
      now: () => ({ connection: { request } }),
      whileConnected: (work: unknown) => work,
    } as unknown as Bus;
    const session = { id: "a", previous: [], machine: "m", at: "" };
    const ask = createAsk(bus, "web01", new FakeClock(), () => session);
    const answered = ask("cancelRequest", { id: 1, reason: "" }).then(
      () => "done",
      ({ code }: { code: string }) => code,
    );
    expect([await answered, asked]).toEqual([outcome, 2]);
  }
});
