import type { HostName } from "../../src/model/host-name.ts";
import { workPriority } from "../../src/store/work.ts";
import { testNow } from "../fakes/test-authority.ts";
import { InstallerStage } from "./installer-stage.ts";

const names = ["example.test", "www.example.test"];
const done = { next: null };
let stage: InstallerStage;
beforeEach(() => {
  stage = new InstallerStage();
});
afterEach(() => stage.close());

describe("what is there already", () => {
  test("F-22 is read back: on record without a row of ours, it only has to be proven", async () => {
    const pair = stage.issued("xs-1");
    stage.panel.preinstall("example.test", pair);
    expect(await stage.install("xs-1")).toEqual({ "xs-1": done });
    const [row] = stage.store.installations.of("xs-1");
    expect(row).toMatchObject({
      state: "applied",
      reason: "not-served-yet",
      names,
      addresses: ["127.0.0.1"],
      appliedAt: testNow,
      attempts: 0,
    });
    expect(stage.history("xs-1")).toEqual([["applied", { vhost: "example.test", how: "already" }]]);
    expect(stage.planned()).toEqual([
      { kind: "verify", key: String(row?.id), priority: workPriority.issued, at: testNow },
    ]);
    expect(stage.panel.count("installCertificates")).toBe(0);
    expect(stage.looked).toEqual([]);
  });

  test("a verified one stays as it is", async () => {
    const pair = stage.issued("xs-1");
    stage.panel.preinstall("example.test", pair);
    stage.row("xs-1", "verified", { verifiedAt: testNow });
    await stage.install("xs-1");
    expect(stage.rows("xs-1")).toEqual([["example.test", "verified", null]]);
    expect([stage.history("xs-1"), stage.planned()]).toEqual([[], []]);
  });

  test("one that waits for its proof goes on from where it is", async () => {
    const pair = stage.issued("xs-1");
    stage.panel.preinstall("example.test", pair);
    const { id } = stage.row("xs-1", "applied", { attempts: 7, reason: "not-served-yet" });
    await stage.install("xs-1");
    expect(stage.installation(id)).toMatchObject({ state: "applied", attempts: 7 });
    expect(stage.history("xs-1")).toEqual([]);
    expect(stage.planned()).toEqual([
      { kind: "verify", key: String(id), priority: workPriority.background, at: testNow },
    ]);
  });

  test("X-22 on record by our own unfinished hand and not served: the panel is told again, and the old backup stays", async () => {
    const pair = stage.issued("xs-1");
    stage.panel.preinstall("example.test", pair);
    stage.shows = () => "of somebody else";
    const servedBefore = [{ ...stage.look({ name: names[0] as HostName, address: "127.0.0.1" }) }];
    const { id } = stage.row("xs-1", "installing", { previous: "aa", previousKey: "bb", servedBefore });
    await stage.install("xs-1");
    expect(stage.panel.count("installCertificates")).toBe(1);
    expect(stage.installation(id)).toMatchObject({
      state: "applied",
      previous: "aa",
      previousKey: "bb",
      servedBefore,
    });
    expect(stage.kinds("xs-1")).toEqual(["installing", "applied"]);
    expect(stage.panel.count("readBundle")).toBe(0);
  });

  test("F-22 on record by our own unfinished hand and served without its chain: the panel is told again", async () => {
    const pair = stage.issued("xs-1");
    stage.panel.preinstall("example.test", pair);
    stage.showsChain = false;
    const { id } = stage.row("xs-1", "installing");
    await stage.install("xs-1");
    expect(stage.panel.count("installCertificates")).toBe(1);
    expect(stage.kinds("xs-1")).toEqual(["installing", "applied"]);
    expect(stage.installation(id)).toMatchObject({ state: "applied" });
  });

  test("X-22 on record by our own unfinished hand and served: it is done", async () => {
    const pair = stage.issued("xs-1");
    stage.panel.preinstall("example.test", pair);
    stage.row("xs-1", "installing");
    await stage.install("xs-1");
    expect(stage.panel.count("installCertificates")).toBe(0);
    expect(stage.history("xs-1")).toEqual([["applied", { vhost: "example.test", how: "already" }]]);
    expect(stage.looked).toHaveLength(1);
  });

  test("X-22 one name of several that shows it is enough to know that the web server was told", async () => {
    const pair = stage.issued("xs-1");
    stage.panel.preinstall("example.test", pair);
    stage.shows = ({ name }) => (name === "www.example.test" ? undefined : null);
    stage.row("xs-1", "installing");
    await stage.install("xs-1");
    expect(stage.panel.count("installCertificates")).toBe(0);
  });
});
