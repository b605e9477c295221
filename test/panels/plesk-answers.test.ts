import { z } from "zod";
import {
  repositoryOf,
  type Site,
  siteOf,
  siteWithName,
  toAccounts,
  toVhosts,
} from "../../panels/plesk/accounts.ts";
import {
  failure,
  parseCertificateList,
  parsePreference,
  parseVersion,
  readFacts,
} from "../../panels/plesk/answers.ts";
import { certificateNames, isManagedByPanel, isOurName } from "../../panels/plesk/certificate-name.ts";
import { parseMailOption } from "../../panels/plesk/mail-certificates.ts";
import { describeRestarts } from "../../panels/plesk/web-server.ts";
import { parseHostName } from "../../src/model/host-name.ts";

describe("the table of a certificate repository", () => {
  test("names with spaces are read whole, and only rows of the table count", () => {
    const printed = [
      "Repository of domain example.nl:",
      "CSR    Priv    Cert    CA    Name                          Used",
      "Y      Y       Y       Y     xol-1 example.nl              1",
      "N      Y       Y       N     Lets Encrypt example.nl       0",
      "\tY Y Y N  my   old certificate   12  ",
      "",
      "SUCCESS: 3 certificates",
    ].join("\n");
    expect(parseCertificateList(printed)).toEqual([
      { name: "xol-1 example.nl", used: 1 },
      { name: "Lets Encrypt example.nl", used: 0 },
      { name: "my old certificate", used: 12 },
    ]);
  });

  test("an empty repository has no rows", () => {
    expect(parseCertificateList("CSR    Priv    Cert    CA    Name    Used\n")).toEqual([]);
    expect(parseCertificateList("")).toEqual([]);
  });
});

test.each([
  ["restart-apache:                         30\nssl-protocols: TLSv1.2", 30],
  ["ssl-protocols: TLSv1.2\n  restart-apache 600\n", 600],
  ["restart-apache: 0", 0],
  ["restart-apache:", null],
  ["restart-apache-gracefully: 1", null],
  ["", null],
])("the restart interval is found in %j", (printed, seconds) => {
  expect(parsePreference(printed, "restart-apache")).toBe(seconds);
});

test.each([
  [null, "the web server's restart interval can't be read; bulk work is not held together"],
  [0, "the web server restarts after every change; bulk work is held together"],
  [30, "the web server restarts at most every 30 s"],
])("doctor says of a restart interval of %j: %s", (seconds, words) => {
  expect(describeRestarts(seconds)).toBe(words);
});

test.each([
  ["Product version: Plesk Obsidian 18.0.79\n     OS version: Debian 12.0 x86_64", "18.0.79"],
  ["Plesk Obsidian 18.0.55.2", "18.0.55.2"],
  ["no number here", null],
])("the version is found in %j", (printed, version) => {
  expect(parseVersion(printed)).toBe(version);
});

test.each([
  ["    -webmail-certificate-name\n    -certificate-name", null],
  ["    -mail_service <true|false>\n    -mail-certificate-authority", null],
  ["    -mail-certificate-name", "-mail-certificate-name"],
  ["  [-mail_certificate <name>]", "-mail_certificate"],
  ["  --ssl-mail-cert NAME   Secures mail", "--ssl-mail-cert"],
])("the option for a mail certificate in the help %j is %j", (help, option) => {
  expect(parseMailOption(help)).toBe(option);
});

describe("what our scripts print inside the panel", () => {
  const schema = z.object({ done: z.literal(true) });

  test("the last marked line counts, whatever noise the runtime makes around it", () => {
    const printed = 'PHP Warning:  something\n\nxolphin-ssl {"done":true}\nPHP Deprecated: later\n';
    expect(readFacts(printed, "x.php", schema)).toEqual({ done: true });
  });

  test.each(["", "PHP Fatal error", 'xolphin-ssl {"done":', 'xolphin-ssl {"done":false}'])(
    "%j is no answer",
    (printed) => {
      expect(() => readFacts(printed, "x.php", schema)).toThrow(
        expect.objectContaining({ code: "panel-answer-unreadable" }),
      );
    },
  );

  test("a key in an answer that can't be read does not reach the error", () => {
    const key = "-----BEGIN PRIVATE KEY-----canary";
    try {
      readFacts(`xolphin-ssl {"key":"${key}",`, "x.php", schema);
      throw new Error("it was read");
    } catch (thrown) {
      expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toContain("canary");
      expect((thrown as { cause?: unknown }).cause).toBeUndefined();
    }
  });
});

test.each([
  ["Unable to find domain with name 'nosuch.nl'", "vhost-unknown"],
  [
    "Unable to set pvt content to certificate : Probably, the private key format is invalid.",
    "panel-refused",
  ],
  ["Unable to update hosting preferences. The component FastCGI was not installed.", "panel-refused"],
  ["write failed: No space left on device", "panel-disk-full"],
  ["Permission denied.", "panel-refused-us"],
  ["PHP Warning:  something in the panel went wrong", "panel-fault"],
  ["Die Domain konnte nicht gefunden werden", "panel-fault"],
])("%j means %s", (stderr, code) => {
  expect(failure("certificate --create x", { code: 1, stdout: "", stderr }).code).toBe(code);
});

test("a command that was killed is a panel that does not answer", () => {
  expect(failure("site --update x", { code: null, stdout: "", stderr: "" }).code).toBe("panel-unreachable");
});

test("no key or certificate that a command prints reaches its error", () => {
  const stderr = `bad\n-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n${"QUJD".repeat(30)}`;
  const { detail } = failure("certificate --create x", { code: 1, stdout: "", stderr });
  expect(detail).not.toMatch(/c2VjcmV0|QUJDQUJD|BEGIN/);
});

describe("names of our certificates", () => {
  test.each([
    ["example.nl", "xol-1 example.nl"],
    ["*.example.nl", "xol-1 wildcard.example.nl"],
    ["xn--bcher-kva.example", "xol-1 xn--bcher-kva.example"],
  ])("%s gets %s", (site, name) => {
    expect(certificateNames(site)[0]).toBe(name);
    expect(isOurName(name)).toBe(true);
  });

  test("long names stay apart and short enough", () => {
    const long = (end: string): string => `${"a".repeat(50)}.${"b".repeat(40)}.${end}`;
    const [one = "", two = ""] = [certificateNames(long("nl"))[0], certificateNames(long("be"))[0]];
    expect(one).not.toBe(two);
    expect(one.length).toBeLessThanOrEqual(60);
    expect(one).toMatch(/^[A-Za-z0-9._ -]+$/);
  });

  test("no name has words that the panel's own extensions react to", () => {
    for (const site of ["lets-encrypt.nl", "let.s.encrypt.nl", "letsencrypt.example.nl"]) {
      for (const name of certificateNames(site)) expect(isManagedByPanel(name)).toBe(false);
    }
  });

  test.each(["Lets Encrypt example.nl", "Let's Encrypt example.nl", "lets encrypt"])(
    "%s is the panel's own",
    (name) => {
      expect([isManagedByPanel(name), isOurName(name)]).toEqual([true, false]);
    },
  );

  test.each(["xol- example.nl", "xol-4711 example.nl", "example.nl", "", null, undefined])(
    "%j is not ours",
    (name) => {
      expect(isOurName(name)).toBe(false);
    },
  );
});

function site(name: string, changes: Partial<Site> = {}): Site {
  return {
    id: 1,
    name,
    owner: "bob",
    main: false,
    active: true,
    hosting: true,
    addresses: ["192.0.2.1"],
    aliases: [],
    user: "bob_user",
    ...changes,
  };
}

describe("websites", () => {
  test("each with hosting is a vhost with its aliases; forwarding has no place for a certificate", () => {
    const aliases = [
      { id: 7, name: "alias.nl", web: true, dns: true },
      { id: 8, name: "mail-only.nl", web: false, dns: true },
    ];
    const vhosts = toVhosts([
      site("example.nl", { main: true, aliases }),
      site("*.example.nl"),
      site("moved.nl", { hosting: false }),
      site("off.nl", { active: false, tls: false }),
    ]);
    expect(vhosts.map(({ id, names, suspended, tls }) => [id, names, suspended, tls])).toEqual([
      ["example.nl", ["example.nl", "www.example.nl", "alias.nl", "www.alias.nl"], false, true],
      ["*.example.nl", ["*.example.nl"], false, true],
      ["off.nl", ["off.nl", "www.off.nl"], true, false],
    ]);
  });

  test("only the owner finds it, and only with hosting", () => {
    const sites = [site("example.nl", { main: true }), site("moved.nl", { hosting: false })];
    expect(siteOf(sites, { id: "example.nl", account: "bob" }).name).toBe("example.nl");
    for (const [id, account] of [
      ["example.nl", "eve"],
      ["moved.nl", "bob"],
      ["gone.nl", "bob"],
    ] as const) {
      expect(() => siteOf(sites, { id, account })).toThrow(
        expect.objectContaining({ code: "vhost-unknown" }),
      );
    }
    expect(siteWithName(sites, "bob", parseHostName("www.example.nl")).name).toBe("example.nl");
  });

  test("a repository goes by the subscription's first domain: the same Unix user, or else the nearest name", () => {
    const sites = [
      site("first.nl", { main: true }),
      site("second.nl", { main: true, user: "other" }),
      site("addon.nl"),
      site("shop.second.nl", { user: null }),
    ];
    const found = sites.map((one) => repositoryOf(sites, one));
    expect(found).toEqual(["first.nl", "second.nl", "first.nl", "second.nl"]);
  });
});

describe("accounts", () => {
  const facts = { administrator: false, reseller: false, vendor: 1 };

  test("roles, owners, languages and states are told apart", () => {
    const accounts = toAccounts([
      { ...facts, id: 1, login: "admin", administrator: true, vendor: null },
      { ...facts, id: 2, login: "rita", reseller: true },
      { ...facts, id: 3, login: "bob", vendor: 2, email: "bob@example.nl", locale: "nl-NL", status: "0" },
      { ...facts, id: 4, login: "eve", vendor: 2, status: "16" },
      { ...facts, id: 4, login: "eve", vendor: 2, status: "16" },
    ]);
    expect(accounts.map(({ name, role, owner, suspended }) => [name, role, owner, suspended])).toEqual([
      ["admin", "administrator", null, false],
      ["rita", "reseller", "admin", false],
      ["bob", "account", "rita", false],
      ["eve", "account", "rita", true],
    ]);
    expect(accounts[2]).toMatchObject({ language: "nl", email: "bob@example.nl", createdAt: "#3" });
  });
});
