import { takeInheritedSockets } from "../../src/agent/inherited-sockets.ts";

const names = (environment: Record<string, string>): [string, readonly number[]][] => [
  ...takeInheritedSockets(environment, 42),
];

test.each<[string, Record<string, string>]>([
  ["nothing", {}],
  ["sockets of another process", { LISTEN_PID: "41", LISTEN_FDS: "1", LISTEN_FDNAMES: "webhook" }],
  ["no number of them", { LISTEN_PID: "42", LISTEN_FDNAMES: "webhook" }],
  ["nonsense", { LISTEN_PID: "42", LISTEN_FDS: "-1" }],
  ["far too many", { LISTEN_PID: "42", LISTEN_FDS: "100000" }],
])("%s in the environment gives no socket", (_what, environment) => {
  expect(names(environment)).toEqual([]);
});

test("sockets come by name, from the third descriptor on, and leave the environment", () => {
  const environment = {
    PATH: "/bin",
    LISTEN_PID: "42",
    LISTEN_FDS: "4",
    LISTEN_FDNAMES: "webhook:webhook:pages",
  };
  expect(names(environment)).toEqual([
    ["webhook", [3, 4]],
    ["pages", [5]],
    ["unknown", [6]],
  ]);
  expect(environment).toEqual({ PATH: "/bin" });
});
