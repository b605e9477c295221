import { publishWakeUp } from "../../src/fleet/hint-router.ts";

test("a wake-up that the bus does not take is the bus's doing, not a fault of ours", async () => {
  const stream = {
    publish: () => Promise.reject(new Error("JetStream system temporarily unavailable")),
  } as unknown as Parameters<typeof publishWakeUp>[0]["stream"];
  const hint = { requestId: 7, status: "Issued", state: null } as unknown as Parameters<
    typeof publishWakeUp
  >[2];
  await expect(publishWakeUp({ stream }, "web01", hint, "id")).rejects.toMatchObject({
    code: "bus-unreachable",
  });
});
