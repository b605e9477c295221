import {
  type Msg,
  type NatsConnection,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from "@nats-io/transport-node";
import { BusWatch } from "../../src/fleet/bus-watch.ts";
import { hintInfoSubject } from "../../src/fleet/subjects.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

type Answer = Readonly<Record<string, unknown>> | Error | "silence";

const nobodyThere = new RequestError("", { cause: new NoRespondersError("xs.hint") });
const noLeader = { error: { code: 503, err_code: 10_008, description: "temporarily unavailable" } };
const ask = "xs.ask.web01.hello";

/** A participant whose bus server answers as it is told, by subject, with the moments when it left, in seconds. */
function participant(answers: Record<string, Answer>, probe: string | null = hintInfoSubject) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const left: number[] = [];
  const connection = {
    request(subject: string): Promise<Msg> {
      asked.push(subject);
      const answer = answers[subject] ?? { type: "an answer" };
      if (answer === "silence") return new Promise(() => undefined);
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ data: Buffer.from(JSON.stringify(answer)) } as unknown as Msg);
    },
  } as unknown as NatsConnection;
  const watch = new BusWatch({
    clock,
    probe,
    chance: () => 0,
    leave: () => left.push(clock.monotonic() / 1_000),
  });
  watch.listen(connection);
  return { clock, answers, asked, left, watch, request: (subject: string) => connection.request(subject) };
}

describe("what is no reason to leave", () => {
  test.each<[string, string, Answer]>([
    ["a stream that is not there", "$JS.API.STREAM.INFO.X", { error: { code: 404, err_code: 10_059 } }],
    ["somebody wrote in between", "$KV.xs_fleet.a", { error: { code: 400, err_code: 10_071 } }],
    ["a refused permission", "xs.hint", new RequestError("", { cause: permission() })],
    ["an answer that is no JSON", "$KV.xs_fleet.a", "no object" as unknown as Answer],
    ["what a hub answers", ask, { error: { code: 503 } }],
  ])("%s", async (_what, subject, answer) => {
    const { clock, left, request, asked } = participant({ [subject]: answer });
    for (let turn = 0; turn < 30; turn += 1) {
      await request(subject).catch(() => undefined);
      await clock.advance(1_000);
    }
    expect(left).toEqual([]);
    expect(asked).not.toContain(hintInfoSubject);
  });

  test("one failure of somebody who asks seldom, where the bus server answers when it is asked about it", async () => {
    const { clock, left, request } = participant({ "xs.hint": new TimeoutError() });
    for (let turn = 0; turn < 5; turn += 1) {
      await request("xs.hint").catch(() => undefined);
      await clock.advance(60_000);
    }
    expect(left).toEqual([]);
  });

  test("no hub is there, but JetStream answers", async () => {
    const { clock, left, request, asked } = participant({ [ask]: nobodyThere });
    for (let turn = 0; turn < 30; turn += 1) {
      await request(ask).catch(() => undefined);
      await clock.advance(2_000);
    }
    expect(left).toEqual([]);
    expect(asked).toContain(hintInfoSubject);
  });
});

describe("a bus server is left after ten seconds without a success", () => {
  test.each<[string, string, Answer]>([
    ["nobody takes what is published", "xs.hint", nobodyThere],
    ["JetStream does not answer", "$JS.API.STREAM.MSG.GET.KV_xs_fleet", new TimeoutError()],
    ["there is no leader", "$KV.xs_fleet.a", noLeader],
    [
      "a stream is described without a leader",
      hintInfoSubject,
      { config: {}, cluster: { name: "xolphin-ssl" } },
    ],
  ])("%s", async (_what, subject, answer) => {
    const { clock, left, request } = participant({
      [hintInfoSubject]: noLeader,
      [subject]: answer,
    });
    await request(subject).catch(() => undefined);
    await clock.advance(9_999);
    expect(left).toEqual([]);
    await clock.advance(1);
    expect(left).toEqual([10]);
  });

  test("whoever hears nothing of the hub finds out that it is the bus server's fault", async () => {
    const { clock, left, request } = participant({ [ask]: "silence", [hintInfoSubject]: new TimeoutError() });
    void request(ask);
    await clock.advance(30_000);
    // Ten of silence, two until the first probe.
    expect(left).toEqual([22]);
  });

  test("a success in between begins the ten seconds anew", async () => {
    const { clock, left, answers, request } = participant({ [hintInfoSubject]: noLeader });
    await request(hintInfoSubject);
    await clock.advance(9_000);
    answers[hintInfoSubject] = {};
    await clock.advance(2_000);
    answers[hintInfoSubject] = noLeader;
    await request(hintInfoSubject);
    await clock.advance(9_999);
    expect(left).toEqual([]);
    await clock.advance(1);
    expect(left).toEqual([21]);
  });
});

test("what was asked of the bus server before tells nothing about the next one", async () => {
  const { clock, left, request, watch } = participant({ [hintInfoSubject]: noLeader });
  await request(hintInfoSubject);
  await clock.advance(9_000);
  const late = request(hintInfoSubject);
  watch.departed();
  await late;
  await clock.advance(60_000);
  expect(left).toEqual([]);
  expect(clock.waiting).toBe(0);
});

test("without any bus server that is well, one is left after 10, 20, 40 … 300 seconds, and each is asked less often", async () => {
  const { clock, left, request, watch, asked } = participant({ [hintInfoSubject]: noLeader });
  const pauses: number[] = [];
  for (let turn = 0; turn < 7; turn += 1) {
    const arrived = clock.monotonic() / 1_000;
    await request(hintInfoSubject);
    while (left.length === turn) await clock.advance(1_000);
    pauses.push((left.at(-1) ?? 0) - arrived);
    watch.departed();
  }
  expect(pauses).toEqual([10, 20, 40, 80, 160, 300, 300]);
  expect(asked).toHaveLength(7 * 6);
});

function permission(): PermissionViolationError {
  return new PermissionViolationError("refused", "publish", "xs.hint");
}
