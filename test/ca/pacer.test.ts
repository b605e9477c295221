import { Pacer } from "../../src/ca/pacer.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

test("before its end it refuses what waits for the budget as never sent, and what is under way ends", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer(clock);
  const low = { outcome: "answered", limit: 100, remaining: 1, notBefore: null } as const;
  await pacer.run(
    "user",
    async () => undefined,
    () => low,
  );
  const sent: string[] = [];
  const answer = Promise.withResolvers<string>();
  const order = pacer.run(
    "user",
    () => {
      sent.push("order");
      return answer.promise;
    },
    () => low,
  );
  const reissue = pacer.run(
    "background",
    async () => sent.push("reissue"),
    () => low,
  );
  const refusal = expect(reissue).rejects.toMatchObject({ code: "ca-busy" });
  pacer.leaveOff();
  await refusal;
  const later = pacer.run(
    "user",
    async () => sent.push("later"),
    () => low,
  );
  await expect(later).rejects.toMatchObject({ code: "ca-busy" });
  answer.resolve("placed");
  expect(await order).toBe("placed");
  await clock.advance(3_600_000);
  expect(sent).toEqual(["order"]);
});
