import { allPoints, notRun, type Suite, suites } from "./crash-suites.ts";

/*
 * A few of the named points, one death each; all of them, many times over, are the business of `scripts/crash-test`. What
 * dies is the compiled program, so `scripts/build` has to have run.
 */

test("every point of the list (X-01 to X-48) has a death", () => {
  const known = new Set(suites.flatMap(({ deaths }) => deaths.map(({ id }) => id)));
  expect([...known].sort()).toEqual(allPoints);
});

test("a death that was wanted and did not run is told, with its reason; the same point in another place does not stand for it", () => {
  const here = { where: "", deaths: [{ id: "X-04", what: "answered" }], problem: null };
  const elsewhere = {
    where: "in a fleet, ",
    deaths: [{ id: "X-04", what: "on the bus" }],
    problem: "needs a bus",
  };
  const ran = (death: { readonly what: string }): boolean => death.what === "answered";
  expect(notRun([here, elsewhere], ["X-04"], ran)).toEqual(["X-04 (in a fleet, on the bus): needs a bus"]);
  expect(notRun([here], ["X-04", "X-99"], ran)).toEqual(["X-99: nobody dies there"]);
  expect(notRun([here], ["X-04"], ran)).toEqual([]);
});

const [server, batch, fleet, packages] = suites as readonly [Suite, Suite, Suite, Suite];

describe.each([
  ["an agent", server, ["X-04", "X-22", "X-26", "X-32", "X-43"]],
  ["an agent with a batch in the panel's own queue", batch, ["X-19"]],
  ["a fleet's hub", fleet, ["X-46"]],
  ["an installer", packages, ["X-45"]],
] as const)("%s", (_what, suite, ids) => {
  const why = suite.problem === null ? "" : ` (skipped: ${suite.problem})`;
  let place: Awaited<ReturnType<Suite["open"]>>;
  beforeAll(async () => {
    if (suite.problem === null) place = await suite.open(() => 0.5);
  }, 300_000);
  afterAll(() => place?.close());

  (suite.problem === null ? test : test.skip).each(ids)(
    `%s that is killed goes on where it was, with nothing lost and nothing done twice${why}`,
    async (id) => {
      const death = suite.deaths.find((one) => one.id === id);
      if (death === undefined) throw new Error(`no death ${id}`);
      expect((await place.die(death)).breaches).toEqual([]);
    },
    240_000,
  );
});
