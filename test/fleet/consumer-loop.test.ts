import type { Bus, BusSession } from "../../src/fleet/bus.ts";
import { ConsumerLoop } from "../../src/fleet/consumer-loop.ts";
import { silentLog } from "../../src/logging.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

/** A session whose consumer is described when it is told to, and which counts how often somebody reads from it. */
function openSession(): { session: BusSession; describe(): void; readers: number } {
  const described = Promise.withResolvers<void>();
  const opened = {
    session: {
      stream: {
        consumers: {
          async get() {
            await described.promise;
            return {
              async consume() {
                opened.readers += 1;
                const closed = Promise.withResolvers<{ done: true; value: undefined }>();
                return {
                  [Symbol.asyncIterator]: () => ({ next: () => closed.promise }),
                  close: async () => closed.resolve({ done: true, value: undefined }),
                };
              },
            };
          },
        },
      },
    } as unknown as BusSession,
    describe: () => described.resolve(),
    readers: 0,
  };
  return opened;
}

function startLoop(clock: FakeClock): { loop: ConsumerLoop; arrive(session: BusSession): void } {
  let arrive: (session: BusSession) => void = () => undefined;
  const bus = {
    connected: true,
    onArrival(callback: typeof arrive) {
      arrive = callback;
    },
  } as unknown as Bus;
  const loop = new ConsumerLoop({
    bus,
    clock,
    log: silentLog,
    what: "wake-ups",
    stream: "S",
    consumer: "c",
    options: { max_messages: 1 },
    retryPause: 1_000,
    take: () => undefined,
  });
  loop.start();
  return { loop, arrive: (session) => arrive(session) };
}

test("a consumer that is described only after the next connection is read by the loop of that one alone", async () => {
  const clock = new FakeClock();
  const { loop, arrive } = startLoop(clock);
  const [before, after] = [openSession(), openSession()];
  arrive(before.session);
  await clock.advance(0);
  arrive(after.session);
  after.describe();
  await clock.advance(0);
  before.describe();
  await clock.advance(5_000);
  expect([before.readers, after.readers]).toEqual([0, 1]);
  await loop.close();
});

test("a loop that was closed while its consumer was asked for reads nothing", async () => {
  const clock = new FakeClock();
  const { loop, arrive } = startLoop(clock);
  const asked = openSession();
  arrive(asked.session);
  await clock.advance(0);
  await loop.close();
  asked.describe();
  await clock.advance(5_000);
  expect(asked.readers).toBe(0);
});
