import { existsSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { parseHostName } from "../../src/model/host-name.ts";
import type { DcvAnswer } from "../../src/panel.ts";
import type { PanelHarness } from "../contract/panel-contract.ts";
import type { CpanelLab } from "../labs/cpanel/cpanel-lab.ts";
import { openCpanel } from "./cpanel-harness.ts";

let lab: CpanelLab;
let harness: PanelHarness;
afterEach(() => harness.close());

const record: DcvAnswer = {
  method: "DNS",
  account: "bob",
  name: parseHostName("bob.test"),
  owner: "_0a1b2c.bob.test",
  type: "CNAME",
  value: "3d4e5f.sectigo.com",
};
const file: DcvAnswer = {
  method: "FILE",
  account: "bob",
  name: parseHostName("bob.test"),
  path: "/.well-known/pki-validation/0A1B2C.txt",
  content: "3D4E5F\nsectigo.com",
};

describe("validation", () => {
  test("another's record at the place of ours is not touched", async () => {
    ({ lab, harness } = await openCpanel());
    await harness.panel.publishDcv(record);
    await expect(harness.panel.publishDcv({ ...record, value: "other.sectigo.com" })).rejects.toMatchObject({
      code: "dcv-record-conflict",
    });
    expect(await harness.lookUp(record.owner, "CNAME")).toEqual([record.value]);
  });

  test("a text record stands beside others and is taken away alone", async () => {
    ({ lab, harness } = await openCpanel());
    const text = {
      ...record,
      type: "TXT",
      owner: "_txt.bob.test",
      value: "one long token with spaces",
    } as const;
    await harness.panel.publishDcv(text);
    await harness.panel.publishDcv({ ...text, value: "another" });
    expect((await harness.lookUp(text.owner, "TXT")).sort()).toEqual(["another", text.value].sort());
    await harness.panel.withdrawDcv(text);
    expect(await harness.lookUp(text.owner, "TXT")).toEqual(["another"]);
  });

  test("a zone that somebody changes at the same time is read again", async () => {
    ({ lab, harness } = await openCpanel());
    lab.fault({ kind: "error-in-200", match: { path: /mass_edit|uapi_cpanel/ }, after: 4, times: 1 });
    await harness.panel.publishDcv(record);
    expect(await harness.lookUp(record.owner, "CNAME")).toEqual([record.value]);
  });

  test("a zone elsewhere, another account's zone, or none that may be edited: the record is for the customer to add", async () => {
    ({ lab, harness } = await openCpanel({
      dnsServer: {
        elsewhere: new Map([
          ["bob.test", [{ name: "bob.test", type: "NS", data: "ns.elsewhere.test", ttl: 60 }]],
        ]),
      },
    }));
    const elsewhere = { code: "dcv-zone-elsewhere" };
    await expect(harness.panel.publishDcv(record)).rejects.toMatchObject(elsewhere);
    const foreign = { ...record, name: parseHostName("eve.test"), owner: "_0a.eve.test" };
    await expect(harness.panel.publishDcv(foreign)).rejects.toMatchObject(elsewhere);
    for (const feature of ["zoneedit", "simplezoneedit"]) lab.setFeature("eve", feature, false);
    await expect(harness.panel.publishDcv({ ...foreign, account: "eve" })).rejects.toMatchObject(elsewhere);
  });

  test("a validation file lies in the document root of its name, belongs to the account, and follows no link out of its reach", async () => {
    ({ lab, harness } = await openCpanel());
    await lab.addDomain("bob", "shop.test", { kind: "addon" });
    await lab.settled();
    const home = join(lab.rootDir, "home/bob");
    await harness.panel.publishDcv({ ...file, name: parseHostName("www.shop.test") });
    const placed = statSync(join(home, "public_html/shop.test", file.path));
    expect(placed.uid).toBe(statSync(home).uid);
    expect(placed.uid).not.toBe(0);
    expect(placed.mode & 0o777).toBe(0o644);
    const target = join(lab.rootDir, "root-only");
    mkdirSync(target, { mode: 0o700 });
    symlinkSync(target, join(home, "public_html/.well-known"));
    await expect(harness.panel.publishDcv(file)).rejects.toMatchObject({ code: "panel-fault" });
    expect(existsSync(join(target, "pki-validation"))).toBe(false);
    await expect(
      harness.panel.publishDcv({ ...file, name: parseHostName("webmail.bob.test") }),
    ).rejects.toMatchObject({ code: "vhost-unknown" });
  });
});
