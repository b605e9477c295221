import { RefusalLog } from "../../src/webhook/refusal-log.ts";

const refusal = (number: number, status = 403) => ({
  at: new Date(number * 1000),
  source: `192.0.2.${number}`,
  status,
});

test("I7 however many are refused, only the latest 200 are kept, and all are counted", () => {
  const log = new RefusalLog();
  for (let number = 1; number <= 201; number += 1) log.add(refusal(number));
  expect(log.list()).toHaveLength(200);
  expect(log.list()[0]).toEqual(refusal(201));
  expect(log.list().at(-1)).toEqual(refusal(2));
  expect(log.total).toBe(201);
});

test("200 are kept whole", () => {
  const log = new RefusalLog();
  for (let number = 1; number <= 200; number += 1) log.add(refusal(number));
  expect(log.list().at(-1)).toEqual(refusal(1));
});

test("they are counted by how they were answered", () => {
  const log = new RefusalLog();
  expect([log.counts, log.total, log.list()]).toEqual([{}, 0, []]);
  for (const status of [403, 404, 403, 400]) log.add(refusal(1, status));
  expect(log.counts).toEqual({ 400: 1, 403: 2, 404: 1 });
  expect(log.total).toBe(4);
});
