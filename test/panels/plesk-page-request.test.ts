import { createHash, createHmac } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plesk } from "../../panels/plesk/index.ts";
import { silentLog } from "../../src/logging.ts";
import type { PageHost } from "../../src/panel.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

let folder: string;
let clock: FakeClock;
let host: PageHost;
let turn = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plesk-pages-"));
  clock = new FakeClock("2026-11-24T09:00:00Z");
  host = openHost();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function openHost(): PageHost {
  return plesk.openPageHost({
    rootDir: "/nowhere",
    apiUrl: null,
    credentialFile: null,
    runDir: folder,
    trust: [],
    clock,
    log: silentLog,
  });
}

/** What the panel's PHP hands over for bob, with changes. */
function identityOf(changes: Record<string, unknown> = {}, body = ""): Record<string, unknown> {
  turn += 1;
  return {
    time: clock.now().getTime() / 1000,
    nonce: turn.toString(16).padStart(32, "0"),
    output: "page",
    method: "GET",
    query: "",
    contentType: "",
    body: createHash("sha256").update(body).digest("hex"),
    session: "5".repeat(64),
    login: "bob",
    role: "client",
    impersonator: null,
    locale: "nl-NL",
    site: null,
    permitted: ["example.nl"],
    closed: [],
    base: "/modules/xolphin-ssl/",
    ...changes,
  };
}

function sign(
  identity: object,
  body: string | Buffer = "",
  key = readFileSync(join(folder, "pages.key"), "utf8"),
): Buffer {
  const said = JSON.stringify(identity);
  const signature = createHmac("sha256", key).update(said).digest("hex");
  return Buffer.concat([Buffer.from(`${signature}\n${said}\n`), Buffer.from(body)]);
}

describe("hand-overs that are refused", () => {
  test.each<[string, () => unknown, string]>([
    ["no bytes", () => "text", "input-invalid"],
    ["nothing", () => Buffer.alloc(0), "input-invalid"],
    ["one line", () => Buffer.from("a".repeat(64)), "input-invalid"],
    [
      "no signature",
      () => Buffer.from(`${"0".repeat(64)}\n${JSON.stringify(identityOf())}\n`),
      "session-refused",
    ],
    ["another key", () => sign(identityOf(), "", "f".repeat(64)), "session-refused"],
    ["another body", () => sign(identityOf(), "token=forged"), "session-refused"],
    ["an unknown role", () => sign(identityOf({ role: "root" })), "input-invalid"],
    ["a field too many", () => sign(identityOf({ admin: true })), "input-invalid"],
    ["no login", () => sign(identityOf({ login: "" })), "input-invalid"],
    ["an address of elsewhere", () => sign(identityOf({ base: "//evil.test/" })), "input-invalid"],
    ["no JSON", () => sign("text" as never), "input-invalid"],
    ["a customer without any permitted website", () => sign(identityOf({ permitted: [] })), "not-allowed"],
    ["a customer about whom nothing was asked", () => sign(identityOf({ permitted: null })), "not-allowed"],
    [
      "a website whose plan does not include it",
      () => sign(identityOf({ site: { id: 9, name: "other.nl" } })),
      "not-allowed",
    ],
  ])("%s", async (_what, handover, code) => {
    await expect(host.readPageRequest(handover())).rejects.toMatchObject({ code });
  });

  test("one changed letter anywhere in the identity breaks the signature", async () => {
    const good = sign(identityOf());
    const changed = Buffer.from(good.toString("utf8").replace('"login":"bob"', '"login":"eve"'));
    await expect(host.readPageRequest(changed)).rejects.toMatchObject({ code: "session-refused" });
  });

  test.each([-31, 31, -86_400])("one that is %i seconds away", async (seconds) => {
    const time = clock.now().getTime() / 1000 + seconds;
    await expect(host.readPageRequest(sign(identityOf({ time })))).rejects.toMatchObject({
      code: "session-refused",
    });
  });

  test("a copy of one that was good", async () => {
    const handover = sign(identityOf());
    await host.readPageRequest(handover);
    await expect(host.readPageRequest(handover)).rejects.toMatchObject({ code: "session-refused" });
  });
});

test.each([
  ["client", "account"],
  ["reseller", "reseller"],
  ["admin", "administrator"],
])("the panel's %s is an %s, with the session's own secret and language", async (role, level) => {
  const identity = identityOf({
    role,
    permitted: role === "client" ? ["example.nl"] : null,
    impersonator: "admin",
  });
  const { caller, theme, direction, titled, formFields } = await host.readPageRequest(sign(identity));
  expect(caller).toEqual({
    account: "bob",
    role: level,
    level,
    actingFor: "admin",
    language: "nl",
    sessionBinding: "5".repeat(64),
    readOnly: false,
    closed: [],
  });
  expect([theme, direction]).toEqual(["plesk", "ltr"]);
  // The panel prints the page's title, and refuses forms without its token, which its PHP puts into this field.
  expect(titled).toBe(true);
  expect(formFields).toEqual([{ name: "forgery_protection_token", value: "" }]);
});

test("websites whose plan does not include it stay closed to their customer", async () => {
  const { caller } = await host.readPageRequest(sign(identityOf({ closed: ["other.nl"] })));
  expect(caller.closed).toEqual(["other.nl"]);
});

test("a right-to-left panel is told", async () => {
  expect(await host.readPageRequest(sign(identityOf({ locale: "he-IL" })))).toMatchObject({
    direction: "rtl",
  });
});

test("page, query and links go through one address, downloads through another", async () => {
  const request = await host.readPageRequest(sign(identityOf({ query: "page=request&id=xs-1&id=xs-2" })));
  expect(request.path).toBe("/request");
  expect(request.query.get("id")).toBe("xs-1");
  expect(request.form).toBeNull();
  expect(request.href("/")).toBe("/modules/xolphin-ssl/index.php/index/index");
  expect(request.href("/request", { id: "a&b" })).toBe(
    "/modules/xolphin-ssl/index.php/index/index?page=request&id=a%26b",
  );
  expect(request.rawHref("/export")).toBe("/modules/xolphin-ssl/index.php/index/raw?page=export");
  expect(request.asset("style.css")).toBe("/modules/xolphin-ssl/style.css");
});

test("on a website's page the list begins with it, and links stay there", async () => {
  const identity = identityOf({ site: { id: 12, name: "example.nl" }, query: "site_id=12" });
  const request = await host.readPageRequest(sign(identity));
  expect(request.query.get("search")).toBe('"example.nl"');
  expect(request.href("/request", { id: "xs-1" })).toContain("?site_id=12&page=request&id=xs-1");
});

test("what was submitted arrives whole", async () => {
  const body = `token=abc&note=${encodeURIComponent("ü & \n")}`;
  const identity = identityOf(
    { method: "POST", contentType: "application/x-www-form-urlencoded; charset=UTF-8" },
    body,
  );
  const { form } = await host.readPageRequest(sign(identity, body));
  expect(Object.fromEntries(form ?? [])).toEqual({ token: "abc", note: "ü & \n" });
});

test("the key is made once, for the folder's group only, and made anew when it is damaged", async () => {
  const file = join(folder, "pages.key");
  const key = readFileSync(file, "utf8");
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(statSync(file).gid).toBe(statSync(folder).gid);
  openHost();
  expect(readFileSync(file, "utf8")).toBe(key);
  writeFileSync(file, "half");
  host = openHost();
  expect(readFileSync(file, "utf8")).toMatch(/^[0-9a-f]{64}$/);
  await host.readPageRequest(sign(identityOf()));
});

test("where the key can't be made, pages are refused and nothing else", async () => {
  chmodSync(folder, 0o500);
  rmSync(join(folder, "pages.key"));
  const missing = plesk.openPageHost({
    rootDir: "/nowhere",
    apiUrl: null,
    credentialFile: null,
    runDir: join(folder, "missing"),
    trust: [],
    clock,
    log: silentLog,
  });
  await expect(missing.readPageRequest(sign(identityOf(), "", "a".repeat(64)))).rejects.toThrow();
});
