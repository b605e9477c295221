import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CpanelLab } from "../cpanel/cpanel-lab.ts";
import { callPort, freshLab, furnish, runCommand, testAuthority, uapi } from "./cpanel-client.ts";

const authority = testAuthority();
let lab: CpanelLab;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ lab, remove } = await freshLab({ trustedRoots: authority.root }));
  await furnish(lab);
});

afterEach(() => remove());

const encoded = (text: string): string => encodeURIComponent(text);

interface LabLine {
  readonly type: string;
  readonly record_type?: string;
  readonly data_b64?: readonly string[];
}

/** Says what a client of the page's socket says first, and shows what comes back (spec §2.3). */
const greetingPage = `#!/usr/bin/perl
use strict; use warnings; use IO::Socket::UNIX;
my $socket = IO::Socket::UNIX->new( Peer => $ENV{CPANEL_CONNECT_SOCKET} ) or die;
sub say_to { my $text = shift; print {$socket} length($text), "\\n", $text; $socket->flush; return; }
say_to('<cpaneljson enable="1">');
my $heard = '';
while ( my $line = <$socket> ) { $heard .= $line; last if $line =~ m{</cpanelresult>}; }
print "Content-Type: text/plain\\r\\n\\r\\n$heard";
say_to('<cpanelxml shutdown="1" />');
`;

/*
 * What third parties captured of real servers and published (spec §4.3, §4.7): texts and layout word for word, the names in
 * them and where several texts stand together are the lab's.
 */
describe("what real servers answered", () => {
  const rawUapi = async (...words: string[]): Promise<{ stdout: string; stderr: string }> => {
    lab.set({ randomOrder: false });
    return runCommand(lab, "uapi", "--user=alice", ...words);
  };

  it.each([
    ["uapi-missing-argument.yaml", ["SSL", "install_ssl", "domain=example.nl"]],
    ["uapi-no-bundle.yaml", ["SSL", "install_ssl", "domain=example.nl"]],
    ["uapi-unknown-function.yaml", ["SSL", "no_such_function"]],
    ["uapi-delete-nothing.yaml", ["SSL", "delete_ssl", "domain=example.nl"]],
    ["uapi-foreign-zone.yaml", ["DNS", "parse_zone", "zone=example.com"]],
  ])("%s", async (file, words) => {
    const pair = authority.issue(["example.nl"], { keys: "rsa" });
    const ids = { cert_id: "", key_id: "" };
    const given =
      file === "uapi-no-bundle.yaml" ? [`cert=${encoded(pair.cert)}`, `key=${encoded(pair.key)}`] : [];
    if (file === "uapi-delete-nothing.yaml")
      await uapi(lab, "alice", "SSL", "delete_ssl", "domain=example.nl");
    const { stdout } = await rawUapi(...words, ...given);
    const expected = readFileSync(join(import.meta.dirname, "golden/cpanel", file), "utf8");
    for (const name of ["cert_id", "key_id"] as const)
      ids[name] = new RegExp(`${name}: (\\S+)`).exec(stdout)?.[1] ?? "";
    expect(stdout).toBe(expected.replace("@CERT_ID@", ids.cert_id).replace("@KEY_ID@", ids.key_id));
  });

  /** Names and types of all members, so that answers about other names can be compared. */
  const shapeOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
    if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
  };
  const captured = (file: string): string =>
    readFileSync(join(import.meta.dirname, "golden/cpanel", file), "utf8");
  /** A document, or the last line of what a command printed. */
  const parsed = (text: string): unknown =>
    JSON.parse(text.startsWith("{") ? text : (text.trim().split("\n").at(-1) ?? ""));
  const flat = async (module: string, func: string, form: Record<string, string> = {}) => {
    const token = `alice:${lab.createToken("cpanel", "alice")}`;
    return (await callPort(lab, "cpanel", `/execute/${module}/${func}`, { token, form })).json() as unknown;
  };

  it.each([
    ["domains-data.txt", ["DomainInfo", "domains_data", "format=hash"]],
    ["ssl-capable-domains.txt", ["WebVhosts", "list_ssl_capable_domains"]],
  ])("%s: the lab's answer has every member of it, of the same type", async (file, words) => {
    const { stdout } = await rawUapi("--output=json", ...words);
    const wanted = parsed(captured(file)) as { result: { data: unknown } };
    const given = parsed(stdout) as { result: { data: unknown } };
    // Nothing tells the members of an empty list, and `ssl_redirect` is there only while it is on (spec §4.8).
    const members = JSON.stringify(wanted.result.data).replaceAll(
      /"parked_domains":\[\]|"ssl_redirect":"1",/g,
      "",
    );
    expect(shapeOf(given.result.data)).toMatchObject(
      shapeOf(JSON.parse(members.replace(/,\}$/, "}"))) as object,
    );
  });

  it("zone-read.json, zone-edited.json, zone-foreign.json: the flat answers about zones", async () => {
    const foreign = parsed(captured("zone-foreign.json")) as Record<string, unknown>;
    expect(await flat("DNS", "parse_zone", { zone: "example.com" })).toMatchObject({
      status: foreign["status"],
      errors: foreign["errors"],
      data: null,
    });
    const zone = (await flat("DNS", "parse_zone", { zone: "example.nl" })) as { data: LabLine[] };
    const wanted = parsed(captured("zone-read.json")) as { data: LabLine[] };
    const record = zone.data.find(({ type }) => type === "record");
    expect(shapeOf(record)).toEqual(shapeOf(wanted.data[0]));
    const soa = zone.data.find(({ record_type }) => record_type === "SOA");
    const serial = Buffer.from(soa?.data_b64?.[2] ?? "", "base64").toString();
    const add = JSON.stringify({ dname: "_golden", ttl: 300, record_type: "TXT", data: ["golden"] });
    const edited = await flat("DNS", "mass_edit_zone", { zone: "example.nl", serial, add });
    expect(shapeOf(edited)).toMatchObject({
      data: { new_serial: "string" },
      errors: "null",
      status: "number",
    });
    expect(shapeOf(parsed(captured("zone-edited.json")))).toMatchObject({ data: { new_serial: "string" } });
  });

  it("delete-done.txt, unknown-function.txt, unknown-user.json, feature-off.txt: word for word", async () => {
    const pair = authority.issue(["example.nl"]);
    const words = ["domain=example.nl", `cert=${encoded(pair.cert)}`, `key=${encoded(pair.key)}`];
    await uapi(lab, "alice", "SSL", "install_ssl", ...words, `cabundle=${encoded(pair.bundle)}`);
    const removed = await rawUapi("--output=json", "SSL", "delete_ssl", "domain=example.nl");
    expect(parsed(removed.stdout)).toEqual(parsed(captured("delete-done.txt")));
    const unknown = await rawUapi("--output=json", "SSL", "no_such_function");
    expect(parsed(unknown.stdout)).toEqual(parsed(captured("unknown-function.txt")));
    expect(unknown.stderr.replace(/^\[.*?\]/, "")).toBe(
      `${(captured("unknown-function.txt").split("\n")[0] ?? "").replace(/^\[.*?\]/, "")}\n`,
    );
    lab.setFeature("alice", "autossl", false);
    const off = await rawUapi("--output=json", "Features", "has_feature", "name=autossl");
    lab.setFeature("alice", "autossl", true);
    expect((parsed(off.stdout) as { result: object }).result).toMatchObject({
      status: 1,
      messages: (parsed(captured("feature-off.txt")) as { result: { messages: unknown } }).result.messages,
    });
    const form = { cpanel_jsonapi_user: "nobody", cpanel_jsonapi_apiversion: "3" };
    const token = `root:${lab.createToken("whm", "root")}`;
    const call = { ...form, cpanel_jsonapi_module: "DomainInfo", cpanel_jsonapi_func: "list_domains" };
    const answer = await callPort(lab, "whm", "/json-api/cpanel", { token, form: call });
    expect(answer.json()).toEqual(parsed(captured("unknown-user.json")));
  });

  it("hook-noise.txt: another's hook is heard before the answer", async () => {
    lab.set({ hookNoise: "stdout" });
    const { stdout } = await rawUapi("--output=json", "SSL", "delete_ssl", "domain=example.nl");
    lab.set({ hookNoise: "none" });
    const [noise = ""] = captured("hook-noise.txt").split("\n");
    expect(stdout).toMatch(
      new RegExp(
        `${noise.slice(0, "info [uapi] STDERR output from hook".length).replaceAll(/[[\]]/g, "\\$&")}`,
      ),
    );
    expect(parsed(stdout)).toMatchObject({ func: "delete_ssl" });
  });

  it("install-refused.txt, install-wrong-bundle.txt: the two errors of a refused install", async () => {
    const stranger = testAuthority();
    const pair = stranger.issue(["example.nl"]);
    const install = async (cabundle: string) => {
      const words = ["domain=example.nl", `cert=${encoded(pair.cert)}`, `key=${encoded(pair.key)}`];
      const { stdout } = await rawUapi(
        "--output=json",
        "SSL",
        "install_ssl",
        ...words,
        `cabundle=${encoded(cabundle)}`,
      );
      return (parsed(stdout) as { result: { status: number; errors: string[]; data: unknown } }).result;
    };
    const errors = (file: string): string[] =>
      (parsed(captured(file)) as { result: { errors: string[] } }).result.errors.map((text) =>
        text.replace("shop.nl", "example.nl"),
      );
    const missingRoot = await install(pair.bundle);
    expect([missingRoot.status, missingRoot.errors]).toEqual([0, errors("install-refused.txt")]);
    expect(shapeOf(missingRoot.data)).toEqual({ cert_id: "string", key_id: "string" });
    const wrongBundle = await install(authority.issue(["example.nl"]).bundle);
    expect(wrongBundle.errors).toEqual(errors("install-wrong-bundle.txt"));
  });

  it("install-through-whm.json: both levels of a call for the account, and what it tells", async () => {
    const pair = authority.issue(["shop.nl", "www.shop.nl"]);
    const form = {
      "api.version": "1",
      "cpanel.user": "alice",
      "cpanel.module": "SSL",
      "cpanel.function": "install_ssl",
      domain: "shop.nl",
      cert: pair.cert,
      key: pair.key,
      cabundle: pair.bundle,
    };
    const token = `root:${lab.createToken("whm", "root")}`;
    const given = (await callPort(lab, "whm", "/json-api/uapi_cpanel", { token, form })).json() as unknown;
    const wanted = shapeOf(parsed(captured("install-through-whm.json"))) as {
      data: { uapi: { data: object; messages: unknown } };
    };
    expect(shapeOf(given)).toMatchObject({
      ...wanted,
      data: {
        uapi: {
          ...wanted.data.uapi,
          messages: expect.anything() as unknown,
          data: {
            ...wanted.data.uapi.data,
            warning_domains: expect.anything() as unknown,
          },
        },
      },
    });
  });

  it("live-api-greeting.txt: what the page's socket says first", async () => {
    const page = join(lab.rootDir, "usr/local/cpanel/base/frontend/jupiter/greeting.live.cgi");
    writeFileSync(page, greetingPage, { mode: 0o755 });
    const { cookie, token } = lab.login("cpanel", "alice");
    const path = `${token}/frontend/jupiter/greeting.live.cgi`;
    const { text } = await callPort(lab, "cpanel", path, { headers: { cookie } });
    expect(text).toBe(captured("live-api-greeting.txt"));
  });

  it("the line on standard error that goes with a refused install", async () => {
    const pair = authority.issue(["example.nl"]);
    const { stderr } = await rawUapi(
      "SSL",
      "install_ssl",
      "domain=example.nl",
      `cert=${encoded(pair.cert)}`,
      `key=${encoded(pair.key)}`,
    );
    expect(stderr).toMatch(
      /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000\] warn \[uapi\] Cpanel::Wrap::send_cpwrapd_request adminbin Cpanel\/ssl\/ADD: exit 5: namespace=\[Cpanel\] module=\[ssl\] function=\[ADD\]: raw_response=\[\{.*\}\]\n$/,
    );
  });
});
