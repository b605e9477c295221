import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataOf, jsonOfCommand, jsonOfHttp, outcomeOf } from "../../panels/cpanel/answers.ts";
import { cpanel } from "../../panels/cpanel/index.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/logging.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import type { DcvAnswer, Panel } from "../../src/panel.ts";

/* What real servers answered; where each comes from is in the README beside them. */
const golden = join(import.meta.dirname, "../labs/tests/golden/cpanel");
const textOf = (file: string): string => readFileSync(join(golden, file), "utf8");

/** As the transport that brought it would read it. */
function read(file: string): unknown {
  const text = textOf(file);
  const flat = !text.includes('"apiversion"');
  return flat
    ? jsonOfHttp({ status: 200, type: "application/json", body: text }, file)
    : jsonOfCommand(text, file);
}

test.each<[string, string, RegExp]>([
  ["install-missing-argument.txt", "panel-refused", /No 'cert' argument specified/],
  ["install-unknown-issuer.txt", "panel-refused", /did not find the Certificate Authority Bundle/],
  ["install-refused.txt", "panel-refused", /did not find the root certificate/],
  ["install-wrong-bundle.txt", "panel-refused", /bundle does not match/],
  ["unknown-function.txt", "panel-feature-missing", /no_such_function/],
  ["delete-nothing.txt", "panel-refused", /No SSL certificate secures/],
  ["zone-foreign.json", "panel-refused", /You do not control a DNS zone/],
  ["unknown-user.json", "account-unknown", /User parameter is invalid/],
])("%s is a refusal: %s", (file, code, words) => {
  expect(() => dataOf(outcomeOf(read(file), "call"), "call")).toThrow(
    expect.objectContaining({ code, detail: expect.stringMatching(words) as string }) as Error,
  );
});

test("a refused installation tells what was stored all the same", () => {
  const outcome = outcomeOf(read("install-refused.txt"), "SSL::install_ssl");
  expect(outcome).toMatchObject({
    ok: false,
    data: { key_id: expect.stringMatching(/^c0ffe_1a2b3_/) as string },
  });
});

test.each<[string, unknown]>([
  ["delete-done.txt", null],
  ["hook-noise.txt", null],
  ["feature-off.txt", null],
  ["zone-edited.json", { new_serial: "2021031903" }],
  ["install-through-whm.json", expect.objectContaining({ action: "update", domain: "shop.nl" })],
])("%s is a success", (file, data) => {
  expect(dataOf(outcomeOf(read(file), "call"), "call") ?? null).toEqual(data);
});

test("every one of them is replayed here or compared with the lab, and its source is told", () => {
  const readme = textOf("README.md");
  const files = readdirSync(golden).filter((file) => file !== "README.md");
  for (const file of files) expect(readme).toContain(`\`${file}\``);
  const here = readFileSync(import.meta.filename, "utf8");
  const inLab = readFileSync(join(golden, "../../cpanel-golden.test.ts"), "utf8");
  expect(files.filter((file) => !here.includes(file) && !inLab.includes(file))).toEqual([]);
});

describe("a server that gives these answers", () => {
  let rootDir: string;
  let panel: Panel;

  beforeEach(() => {
    rootDir = mkdtempSync(join(tmpdir(), "cpanel-golden-"));
    mkdirSync(join(rootDir, "usr/local/cpanel/bin"), { recursive: true });
    writeFileSync(join(rootDir, "usr/local/cpanel/version"), "11.138.0.10\n");
    panel = cpanel.openPanel({
      rootDir,
      apiUrl: null,
      credentialFile: null,
      runDir: rootDir,
      trust: [],
      clock: systemClock,
      log: silentLog,
    });
    command("whmapi1", {
      listaccts: JSON.stringify({
        metadata: { version: 1, command: "listaccts", result: 1, reason: "OK" },
        data: { acct: [{ user: "alice", domain: "example.nl", ip: "192.0.2.10", suspended: 0 }] },
      }),
    });
  });
  afterEach(async () => {
    await panel.close();
    rmSync(rootDir, { recursive: true, force: true });
  });

  /** An answer over HTTP as a command would print it: in one line. */
  const inOneLine = (file: string): string => JSON.stringify(JSON.parse(textOf(file)));

  /** Lays down a command that prints these answers by function, as the panel's own do. */
  function command(name: "uapi" | "whmapi1", answers: Readonly<Record<string, string>>): void {
    const cases = Object.entries(answers).map(([func, text]) => {
      const file = join(rootDir, `${name}-${func}`);
      writeFileSync(file, text.endsWith("\n") ? text : `${text}\n`);
      return `*' ${func} '*) cat '${file}' ;;`;
    });
    const script = `#!/bin/sh\ncase " $* " in\n${cases.join("\n")}\nesac\nexit 0\n`;
    writeFileSync(join(rootDir, "usr/local/cpanel/bin", name), script);
    chmodSync(join(rootDir, "usr/local/cpanel/bin", name), 0o755);
  }

  test("domains-data.txt and ssl-capable-domains.txt: the account's websites with their names, an addon under its own", async () => {
    command("uapi", {
      domains_data: textOf("domains-data.txt"),
      list_ssl_capable_domains: textOf("ssl-capable-domains.txt"),
    });
    expect(await panel.listVhosts("alice")).toEqual([
      {
        id: "example.nl",
        account: "alice",
        names: ["example.nl", "www.example.nl", "mail.example.nl"],
        addresses: ["192.0.2.10"],
        suspended: false,
        tls: true,
      },
      expect.objectContaining({ id: "shop.example.nl", names: ["shop.nl"] }) as unknown,
    ]);
  });

  test("zone-read.json and zone-edited.json: a record is added under the serial of the zone; zone-foreign.json: it is for the customer", async () => {
    const record: DcvAnswer = {
      method: "DNS",
      account: "alice",
      name: parseHostName("example.nl"),
      owner: "_3f2a.example.nl",
      type: "CNAME",
      value: "9c1d.ca.example",
    };
    const soa = ["ns1.example.nl.", "root.example.nl.", "2021031902", "3600", "1800", "1209600", "86400"];
    const captured = JSON.parse(textOf("zone-read.json")) as { data: unknown[] };
    const withSoa = {
      ...captured,
      data: [
        {
          line_index: 3,
          type: "record",
          dname_b64: Buffer.from("example.nl.").toString("base64"),
          data_b64: soa.map((part) => Buffer.from(part).toString("base64")),
          record_type: "SOA",
          ttl: 86400,
        },
        ...captured.data,
      ],
    };
    const answers = {
      get_user_information: JSON.stringify({
        status: 1,
        errors: null,
        data: { user: "alice", feature: null },
      }),
      has_local_authority: JSON.stringify({
        status: 1,
        errors: null,
        data: [{ domain: "example.nl", local_authority: 1, nameservers: [], zone: "example.nl" }],
      }),
      parse_zone: JSON.stringify(withSoa),
    };
    command("uapi", { ...answers, mass_edit_zone: inOneLine("zone-edited.json") });
    await expect(panel.publishDcv(record)).resolves.toBeUndefined();
    command("uapi", { ...answers, parse_zone: inOneLine("zone-foreign.json") });
    await expect(panel.publishDcv(record)).rejects.toMatchObject({ code: "dcv-zone-elsewhere" });
    // Without its SOA nobody knows the serial, and nothing is written.
    command("uapi", { ...answers, parse_zone: inOneLine("zone-read.json") });
    await expect(panel.publishDcv(record)).rejects.toMatchObject({ code: "panel-answer-unreadable" });
  });
});
