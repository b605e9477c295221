import { metricsText } from "../../src/agent/metrics.ts";

const status = {
  version: '1.0.0"x',
  panel: "fake",
  schema: { version: 8, oldest: 1 },
  requests: { installed: 3, "needs-you": 1 },
  installations: { verified: 3 },
  queue: { waiting: 2, due: 0, parked: 1 },
  webhooks: { accepted: 12, unmatched: 1, refused: 4, last: "2026-11-24T08:59:00Z" },
  sweeps: {
    pending: { last: "2026-11-24T08:55:00Z", problem: null },
    full: { last: null, problem: "ca-refused-us" },
  },
};

test("every figure has a name, a kind and a value that Prometheus reads", () => {
  const text = metricsText(status, new Date("2026-11-24T09:00:00Z"));
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  for (const sample of samples)
    expect(sample).toMatch(/^xolphin_ssl_[a-z_]+(\{[a-z]+="(?:[^"\\]|\\.)*"(,[a-z]+="[^"]*")*\})? \d+$/);
  expect(samples).toEqual(
    expect.arrayContaining([
      'xolphin_ssl_info{version="1.0.0\\"x",panel="fake"} 1',
      'xolphin_ssl_requests{state="needs-you"} 1',
      "xolphin_ssl_webhook_age_seconds 60",
      'xolphin_ssl_sweep_age_seconds{part="pending"} 300',
      'xolphin_ssl_sweep_failing{part="full"} 1',
    ]),
  );
  expect(text).not.toContain('sweep_age_seconds{part="full"}');
});
