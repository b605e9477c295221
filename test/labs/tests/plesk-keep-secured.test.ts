import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PleskLab } from "../plesk/plesk-lab.ts";
import { freshPlesk, pairFor, partsOf, plesk, shown } from "./plesk-client.ts";
import { callPlesk } from "./plesk-panel-client.ts";

let lab: PleskLab;
let remove: () => Promise<void>;
let now = new Date();

beforeEach(async () => {
  now = new Date();
  ({ lab, remove } = await freshPlesk({ now: () => now }));
  await lab.addAccount({ login: "jansen" });
  await lab.addDomain("jansen", "example.nl", { keepSecured: true });
  await lab.addDomain("jansen", "other.nl");
});

afterEach(() => remove());

async function give(site: string, name: string, pair = pairFor(site)): Promise<void> {
  await plesk(lab, "bin", "certificate", "-c", name, "-domain", site, ...partsOf(lab, pair));
  await plesk(lab, "bin", "site", "-u", site, "-certificate-name", name);
}

test("keep-secured gives a site without certificate one of Let's Encrypt, and leaves others alone", async () => {
  expect(await lab.keepSecured()).toEqual(["example.nl"]);
  expect((await shown(lab, "example.nl")).names).toBe("DNS:example.nl, DNS:www.example.nl");
  expect((await plesk(lab, "bin", "site", "-i", "example.nl")).stdout).toMatch(
    /^Certificate: +Lets Encrypt example\.nl$/m,
  );
  expect((await shown(lab, "other.nl")).names).toBe("DNS:plesk.lab.test");
  expect(await lab.keepSecured()).toEqual([]);
});

test("keep-secured replaces a valid certificate of another authority, or leaves it, by its switch", async () => {
  await give("example.nl", "xol-1 example.nl");
  lab.set({ keepSecured: "missing-only" });
  expect(await lab.keepSecured()).toEqual([]);
  lab.set({ keepSecured: "foreign-too" });
  expect(await lab.keepSecured()).toEqual(["example.nl"]);
  const { stdout } = await plesk(lab, "bin", "certificate", "-l", "-domain", "example.nl");
  expect(stdout).toMatch(/xol-1 example\.nl +0\n/);
  expect(stdout).toMatch(/Lets Encrypt example\.nl +1\n/);
});

test("a name with Let's Encrypt's words is taken for one of its own, and renewed in its last month", async () => {
  await give("other.nl", "our LETS ENCRYPT substitute");
  expect(await lab.keepSecured()).not.toContain("other.nl");
  now = new Date(now.getTime() + 340 * 86_400_000);
  expect(await lab.keepSecured()).toContain("other.nl");
});

test("plesk ext sslit issues for a site with webmail and mail, and tells the record of a wildcard it can't publish", async () => {
  const issue = [
    "ext",
    "sslit",
    "--certificate",
    "-issue",
    "-domain",
    "other.nl",
    "-registrationEmail",
    "a@other.nl",
    "-secure-domain",
  ];
  expect(await plesk(lab, ...issue, "-secure-webmail", "-secure-mail")).toMatchObject({ code: 0 });
  expect((await shown(lab, "webmail.other.nl")).names).toContain("webmail.other.nl");
  expect((await shown(lab, "mail.other.nl", lab.mailPort)).names).toContain("other.nl");
  await plesk(lab, "bin", "dns", "--off", "other.nl");
  const pending = await plesk(lab, ...issue, "-wildcard");
  expect(JSON.parse(pending.stdout)).toMatchObject({
    dnsRecordHost: "_acme-challenge.other.nl",
    dnsRecordValue: expect.any(String),
  });
  expect(await plesk(lab, ...issue, "-wildcard", "-continue")).toMatchObject({ code: 0 });
  expect((await shown(lab, "other.nl")).names).toContain("*.other.nl");
  expect(await plesk(lab, ...issue, "-continue")).toMatchObject({ code: 1 });
});

test("the upload form stores and assigns, for whom the site belongs to and with the forgery token only", async () => {
  const sites = (
    JSON.parse(readFileSync(join(lab.rootDir, "opt/psa/var/psa.json"), "utf8")) as {
      sites: { id: number; name: string }[];
    }
  ).sites;
  const id = String(sites.find((site) => site.name === "other.nl")?.id);
  const pair = pairFor("other.nl");
  const form = { id, fileName: "other.pem", fileContent: pair.key + pair.cert };
  const session = lab.login("jansen");
  const upload = (headers: Record<string, string>, as = session) =>
    callPlesk(lab, "/modules/sslit/index.php/index/upload/", { session: as, form, headers });
  expect(await upload({})).toMatchObject({ status: 403 });
  await lab.addAccount({ login: "eve" });
  const eve = lab.login("eve");
  expect(await upload({ "x-forgery-protection-token": eve.forgeryToken }, eve)).toMatchObject({
    status: 403,
  });
  const done = await upload({ "x-forgery-protection-token": session.forgeryToken });
  expect(JSON.parse(done.text)).toMatchObject({ status: "success" });
  expect((await shown(lab, "other.nl")).names).toBe("DNS:other.nl");
});
