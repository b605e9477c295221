import { createCpanelPageHost, readHandover } from "../../panels/cpanel/page-request.ts";
import type { Caller, PageRequest } from "../../src/panel.ts";

const token = "/cpsess0123456789";
const account = {
  BRIDGE_ACTION: "SHOW",
  BRIDGE_FROM: "account",
  BRIDGE_LOGIN: "bob",
  BRIDGE_USER: "bob",
  QUERY_STRING: "page=request&id=xs-1&id=xs-2",
  REMOTE_USER: "bob",
  cp_security_token: token,
  LOCALE: "nl",
  DIRECTION: "ltr",
  MAY_ACT: "1",
};
const server = {
  BRIDGE_ACTION: "SHOW",
  BRIDGE_FROM: "server",
  BRIDGE_HAS_ROOT: "1",
  BRIDGE_RIGHTS: "list-accts,ssl",
  BRIDGE_USER: "root",
  QUERY_STRING: "",
  cp_security_token: token,
  HTTP_ACCEPT_LANGUAGE: "de-AT,de;q=0.9,en;q=0.5",
};

/** As the glue sends it. */
function handover(facts: Record<string, string>, body: string | Buffer = ""): Buffer {
  const pairs = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  return Buffer.concat([Buffer.from([...pairs, "", ""].join("\0")), Buffer.from(body)]);
}

function read(facts: Record<string, string>, body: string | Buffer = ""): Promise<PageRequest> {
  return createCpanelPageHost().readPageRequest(handover(facts, body));
}

test.each<[string, unknown, string]>([
  ["nothing", undefined, "input-invalid"],
  ["a text", "BRIDGE_USER=root", "input-invalid"],
  ["a hand-over without an end", Buffer.from("BRIDGE_FROM=account\0BRIDGE_USER=bob"), "input-invalid"],
  ["nobody", handover({ ...account, BRIDGE_USER: "" }), "session-refused"],
  ["a name that is none", handover({ ...account, BRIDGE_USER: "../root" }), "session-refused"],
  ["neither interface", handover({ ...account, BRIDGE_FROM: "elsewhere" }), "session-refused"],
  ["neither action", handover({ ...account, BRIDGE_ACTION: "PING" }), "session-refused"],
  ["nobody in WHM", handover({ ...server, BRIDGE_USER: "" }), "session-refused"],
  [
    "a reseller who may not list accounts",
    handover({ ...server, BRIDGE_USER: "rita", BRIDGE_HAS_ROOT: "0", BRIDGE_RIGHTS: "ssl" }),
    "not-allowed",
  ],
  [
    "a form that is too large",
    handover({ ...account, BRIDGE_ACTION: "ACT" }, Buffer.alloc(13 * 1024 * 1024)),
    "input-invalid",
  ],
])("%s is refused", async (_name, given, code) => {
  await expect(createCpanelPageHost().readPageRequest(given)).rejects.toMatchObject({ code });
});

test("what a page says about itself does not count against what the bridge says", async () => {
  const forged = Buffer.concat([
    handover(account).subarray(0, -2),
    Buffer.from("\0BRIDGE_USER=eve\0BRIDGE_ACTION=ACT\0BRIDGE_FROM=server\0BRIDGE_HAS_ROOT=1\0\0token=x"),
  ]);
  const { caller, form } = await createCpanelPageHost().readPageRequest(forged);
  // What was sent may be read, to be refused in words; by this way nothing is changed, whatever it says.
  expect(caller).toMatchObject({ account: "bob", level: "account", role: "account", readOnly: true });
  expect(form?.get("token")).toBe("x");
});

test.each<[string, Record<string, string>, Partial<Caller>]>([
  [
    "the account holder",
    account,
    { account: "bob", role: "account", level: "account", language: "nl", readOnly: false },
  ],
  [
    "a reseller inside the account",
    { ...account, CPRESELLER: "rita" },
    { actingFor: "rita", readOnly: false },
  ],
  [
    "a team user, who may look",
    { ...account, BRIDGE_LOGIN: "anna@bob.test" },
    { account: "bob", readOnly: true },
  ],
  [
    "a team user the engine says nothing about",
    { ...account, BRIDGE_LOGIN: "", REMOTE_USER: "anna@bob.test" },
    { readOnly: true },
  ],
  ["demo mode", { ...account, MAY_ACT: "0" }, { readOnly: true }],
  ["a login without a session", { ...account, cp_security_token: "" }, { readOnly: true }],
  ["a language of the panel's own", { ...account, LOCALE: "i_cpanel_snowmen" }, { language: null }],
  ["a regional language", { ...account, LOCALE: "pt_br" }, { language: "pt" }],
  [
    "root",
    server,
    { account: "root", role: "administrator", level: "administrator", language: "de", readOnly: false },
  ],
  [
    "a reseller with all rights",
    { ...server, BRIDGE_USER: "rita" },
    { account: "rita", role: "administrator", level: "administrator" },
  ],
  [
    "a reseller with the right for certificates",
    { ...server, BRIDGE_USER: "rita", BRIDGE_HAS_ROOT: "0" },
    { account: "rita", role: "reseller", level: "reseller", readOnly: false },
  ],
  [
    "a reseller without it, who may look",
    { ...server, BRIDGE_USER: "rita", BRIDGE_HAS_ROOT: "", BRIDGE_RIGHTS: "list-accts" },
    { level: "reseller", readOnly: true },
  ],
])("%s is recognised", async (_name, facts, caller) => {
  expect((await read(facts)).caller).toMatchObject(caller);
});

test("a session's forms are bound to that session and login", async () => {
  const bindings = await Promise.all(
    [
      account,
      { ...account, cp_security_token: "/cpsess1111111111" },
      { ...account, BRIDGE_LOGIN: "anna" },
    ].map(async (facts) => (await read(facts)).caller.sessionBinding),
  );
  expect(new Set(bindings).size).toBe(3);
});

test("path, query and form are those of the request; the first of a name counts", async () => {
  const request = await read(
    { ...account, BRIDGE_ACTION: "ACT" },
    "token=a%2Bb&action=try-again&action=other&note=%C3%A9",
  );
  expect(request).toMatchObject({
    path: "/request",
    output: "page",
    theme: "jupiter",
    direction: "ltr",
    titled: true,
  });
  expect(request.query.get("id")).toBe("xs-1");
  expect([...(request.form ?? [])]).toEqual([
    ["token", "a+b"],
    ["action", "try-again"],
    ["note", "é"],
  ]);
  expect((await read(account)).form).toBeNull();
  expect((await read({ ...account, DIRECTION: "rtl" })).direction).toBe("rtl");
});

test("a form only counts where the panel let it through to what may change something; elsewhere it comes from who may only look", async () => {
  for (const facts of [account, server]) {
    expect((await read(facts)).caller.readOnly).toBe(false);
    expect(await read(facts, "token=a")).toMatchObject({ caller: { readOnly: true } });
    expect((await read({ ...facts, BRIDGE_ACTION: "ACT" }, "token=a")).caller.readOnly).toBe(false);
  }
});

test("an upload arrives byte for byte, with its type", () => {
  const file = Buffer.from([0, 255, 0, 0, 13, 10, 0]);
  const read = readHandover(handover({ ...account, CONTENT_TYPE: "multipart/form-data; boundary=x" }, file));
  expect(read.contentType).toBe("multipart/form-data; boundary=x");
  expect(read.body.equals(file)).toBe(true);
});

test("an upload is not read as if it were plain fields", async () => {
  const facts = { ...account, BRIDGE_ACTION: "ACT", CONTENT_TYPE: "multipart/form-data; boundary=x" };
  expect((await read(facts, "--x\r\ntoken=a&action=b")).form).toBeNull();
});

test("every address is relative, so that it works behind ports, service subdomains and proxies", async () => {
  for (const facts of [account, server]) {
    const request = await read(facts);
    const addresses = [
      request.href("/"),
      request.href("/request", { id: "a b" }),
      request.rawHref("/report", { id: "1" }),
      request.asset("style.css"),
    ];
    for (const address of addresses) expect(address).not.toMatch(/^(?:[a-z]+:|\/)/);
  }
  const inAccount = await read(account);
  expect(inAccount.href("/request", { id: "a b" })).toBe("index.live.pl?page=request&id=a+b");
  const raw = await read({ ...account, QUERY_STRING: inAccount.rawHref("/report").split("?")[1] ?? "" });
  expect(raw).toMatchObject({ output: "raw", path: "/report" });
  expect((await read(server)).asset("style.css")).toBe("../../addon_plugins/xolphin_ssl/style.css");
});
