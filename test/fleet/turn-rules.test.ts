import { chooseTurn, type Head, type Turns } from "../../src/fleet/turn-rules.ts";
import { type CaPriority, caPriorities } from "../../src/model/ca-priority.ts";

const nobody = Object.fromEntries(caPriorities.map((priority) => [priority, 0])) as Turns["active"];

function turns(changes: Partial<Turns> = {}): Turns {
  return { active: nobody, places: 4, begun: 0, lastTurn: new Map(), ...changes };
}

/** Heads in the order of their coming, each as `server priority`. */
function heads(...words: readonly string[]): Head[] {
  return words.map((text, arrived) => {
    const [node = "", priority = ""] = text.split(" ");
    return { node, priority: priority as CaPriority, arrived };
  });
}

function chosen(list: readonly Head[], now: Turns): string | null {
  const head = chooseTurn(list, now);
  return head === null ? null : `${head.node} ${head.priority}`;
}

/** What is begun, in order, while everybody always has more of the same, and each is done at once. */
function play(words: readonly string[], rounds: number): string[] {
  const lastTurn = new Map<string, number>();
  let line = heads(...words);
  let coming = line.length;
  return Array.from({ length: rounds }, (_unused, begun) => {
    const head = chooseTurn(line, turns({ begun, lastTurn }));
    if (head === null) throw new Error("nobody was chosen");
    lastTurn.set(head.node, begun + 1);
    coming += 1;
    line = [...line.filter((other) => other !== head), { ...head, arrived: coming }];
    return `${head.node} ${head.priority}`;
  });
}

function count(list: readonly string[], what: string): number {
  return list.filter((one) => one === what).length;
}

describe("who waits for a place", () => {
  test("nobody where nobody waits", () => {
    expect(chosen([], turns())).toBeNull();
  });
  test("more of a priority than there are places", () => {
    expect(chosen(heads("a user"), turns({ active: { ...nobody, user: 4 } }))).toBeNull();
  });
  test("a calm one while as many urgent ones are under way", () => {
    expect(chosen(heads("a background"), turns({ active: { ...nobody, user: 2, issued: 2 } }))).toBeNull();
  });
  test("no urgent one because of calm ones, however long those wait for the CA's budget", () => {
    const active = { ...nobody, background: 3, "new-work": 4 };
    expect(chosen(heads("a new-work", "b issued"), turns({ active }))).toBe("b issued");
  });
});

describe("urgent before calm, whichever server it is on", () => {
  test.each(caPriorities.slice(1).map((calm, index) => [caPriorities[index] as CaPriority, calm] as const))(
    "%s before %s",
    (urgent, calm) => {
      const list = heads(`sweeps ${calm}`, `bulk ${calm}`, `shop ${urgent}`);
      // Even where that server had its turn a moment ago.
      expect(chosen(list, turns({ begun: 5, lastTurn: new Map([["shop", 5]]) }))).toBe(`shop ${urgent}`);
    },
  );
  test("every tenth turn is that of whoever waits longest, so that nothing waits for ever", () => {
    const begun = play(["calm background", "loud user"], 100);
    expect(count(begun, "calm background")).toBe(10);
    expect(count(begun, "loud user")).toBe(90);
  });
});

describe("fair shares within a priority", () => {
  test("servers take turns, whoever came first", () => {
    const begun = play(["a issued", "b issued", "c issued"], 9);
    expect(begun.slice(0, 6).map((text) => text[0])).toEqual(["a", "b", "c", "a", "b", "c"]);
    for (const node of ["a", "b", "c"]) expect(count(begun, `${node} issued`)).toBe(3);
  });
  test("a server that calls all of its own urgent gets no more of the urgent turns than any other", () => {
    const begun = play(["thief user", "a user", "b user", "c background"], 300);
    for (const node of ["a", "b", "thief"]) {
      expect(count(begun, `${node} user`)).toBeGreaterThan(80);
      expect(count(begun, `${node} user`)).toBeLessThan(110);
    }
    expect(count(begun, "c background")).toBeGreaterThan(5);
  });
  test("turns of another priority count as well: who had one lets the others go first", () => {
    const lastTurn = new Map([
      ["a", 3],
      ["b", 2],
    ]);
    expect(chosen(heads("a background", "b background"), turns({ begun: 3, lastTurn }))).toBe("b background");
    expect(chosen(heads("a background", "new background"), turns({ begun: 3, lastTurn }))).toBe(
      "new background",
    );
  });
});
