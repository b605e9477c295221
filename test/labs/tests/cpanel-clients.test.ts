import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { Resolver } from "node:dns/promises";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { CpanelLab } from "../cpanel/cpanel-lab.ts";
import {
  type Answer,
  callPort,
  freshLab,
  furnish,
  runCommand,
  shownCertificate,
  testAuthority,
  uapi,
} from "./cpanel-client.ts";

/*
 * Published clients, unchanged (spec §9.8). They are looked for in `.tools/clients`; the interpreters they take are those of
 * this machine. Clients that know no other ports than 2083 and 2087 get a loopback address of their own.
 */
const clients = resolve(import.meta.dirname, "../../../.tools/clients");
const isRoot = process.getuid?.() === 0;
const authority = testAuthority();

let lab: CpanelLab;
let remove: () => Promise<void>;

beforeAll(async () => {
  const address = `127.${randomInt(2, 250)}.${randomInt(1, 250)}.${randomInt(2, 250)}`;

  ({ lab, remove } = await freshLab({
    address,
    cpanelPort: 2083,
    whmPort: 2087,
    trustedRoots: authority.root,
  }));
  await furnish(lab);
});

afterAll(() => remove());

/** A test for each name, or a skipped one that says what is missing. */
function there(...paths: string[]): { run: typeof it | typeof it.skip; unless: string } {
  const missing = paths.filter((path) => !existsSync(path));
  if (!isRoot) missing.push("root");
  const unless =
    missing.length === 0
      ? ""
      : ` (skipped: ${missing.map((one) => one.replace(`${clients}/`, "")).join(", ")} is not there)`;
  return { run: missing.length === 0 ? it : it.skip, unless };
}

function put(path: string, text: string, mode = 0o755): void {
  const place = join(lab.rootDir, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text, { mode });
}

function carry(client: string): void {
  cpSync(join(clients, client), join(lab.rootDir, "opt", client), { recursive: true });
}

const uidOf = (account: string): number => statSync(join(lab.rootDir, "home", account)).uid;
const encoded = (text: string): string => encodeURIComponent(text);

function visit(account: string, path: string): Promise<Answer> {
  const { cookie, token } = lab.login("cpanel", account);
  return callPort(lab, "cpanel", `${token}${path}`, { headers: { cookie } });
}

describe("acme.sh", () => {
  const { run, unless } = there(join(clients, "acme.sh/acme.sh"), "/usr/bin/curl");
  const script = (text: string): string => `. /opt/acme.sh/acme.sh > /dev/null
    . /opt/acme.sh/deploy/cpanel_uapi.sh; . /opt/acme.sh/dnsapi/dns_cpanel.sh; _initpath
    _readdomainconf() { :; }; _savedomainconf() { :; }; _cleardomainconf() { :; }
    _saveaccountconf_mutable() { :; }; _readaccountconf_mutable() { :; }
    ${text}`;
  const asAlice = async (text: string, env: Record<string, string> = {}): Promise<string> => {
    carry("acme.sh");
    const { stdout, stderr, code } = await lab.run(["/bin/bash", "-c", script(text)], {
      uid: uidOf("alice"),
      env: {
        HOME: "/home/alice",
        PATH: "/usr/local/cpanel/bin:/usr/bin:/bin",
        LE_WORKING_DIR: "/opt/acme.sh",
        LE_CONFIG_HOME: "/home/alice/.acme.sh",
        ...env,
      },
    });
    if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
    return stdout;
  };
  const deploy = (names: string[]): Promise<string> => {
    const { key, cert, bundle } = authority.issue(names);
    const texts = { key, cert, ca: bundle, full: cert + bundle };
    for (const [name, text] of Object.entries(texts)) put(`home/alice/${name}.pem`, text, 0o644);
    const [first = "", ...others] = names;
    const home = "/home/alice";
    return asAlice(
      `cpanel_uapi_deploy ${first} ${home}/key.pem ${home}/cert.pem ${home}/ca.pem ${home}/full.pem`,
      { Le_Alt: others.length === 0 ? "no" : others.join(",") },
    );
  };

  run(
    `is refused while the server knows no bundle, since it sends none, and sees that${unless}`,
    async () => {
      await expect(deploy(["example.nl"])).rejects.toThrow(/did not find the Certificate Authority Bundle/);
    },
  );

  run(`deploys to every site that its names match with deploy/cpanel_uapi.sh${unless}`, async () => {
    const { key, cert, bundle } = authority.issue(["example.nl"]);
    const words = [`cert=${encoded(cert)}`, `key=${encoded(key)}`, `cabundle=${encoded(bundle)}`];
    await uapi(lab, "alice", "SSL", "install_ssl", "domain=example.nl", ...words);
    expect(await deploy(["dev.example.nl", "shop.nl"])).toContain(
      "Successfully deployed certificate to 2 of 2 sites",
    );
    await lab.settled();
    for (const name of ["dev.example.nl", "shop.nl"]) {
      expect((await shownCertificate(lab, name)).names).toBe("DNS:dev.example.nl, DNS:shop.nl");
    }
  });

  run(`adds and removes a TXT record over API 2 with dnsapi/dns_cpanel.sh${unless}`, async () => {
    put("home/alice/.curlrc", "insecure\n", 0o644);
    const environment = {
      cPanel_Username: "alice",
      cPanel_Apitoken: lab.createToken("cpanel", "alice"),
      cPanel_Hostname: `https://${lab.address}:${lab.cpanelPort}`,
    };
    const txt = (): Promise<string[][]> => {
      const resolver = new Resolver();
      resolver.setServers([lab.dnsAddress]);
      return resolver.resolveTxt("_acme-challenge.www.example.nl");
    };
    const record = "_acme-challenge.www.example.nl XKrxpRBosdIKFzxW_CT3KLZNf6q0HG9i01zxXp5CPBs";
    await asAlice(`dns_cpanel_add ${record}`, environment);
    expect(await txt()).toEqual([["XKrxpRBosdIKFzxW_CT3KLZNf6q0HG9i01zxXp5CPBs"]]);
    await asAlice(`dns_cpanel_rm ${record}`, environment);
    await expect(txt()).rejects.toThrow("ENOTFOUND");
  });
});

describe("cPanel::APIClient for Perl, of cPanel", () => {
  const modules = ["Call/Context", "URI/Escape", "IPC/Run", "HTTP/CookieJar"].map(
    (name) => `/usr/share/perl5/${name}.pm`,
  );
  const { run, unless } = there(
    join(clients, "p5-cPanel-APIClient/lib"),
    join(clients, "p5-X-Tiny/lib"),
    ...modules,
  );
  const perl = async (text: string, uid = 0): Promise<unknown> => {
    for (const client of ["p5-cPanel-APIClient", "p5-X-Tiny"]) carry(client);
    put(
      "opt/client.pl",
      `use lib '/opt/p5-cPanel-APIClient/lib', '/opt/p5-X-Tiny/lib'; use cPanel::APIClient; use JSON; ${text}`,
      0o644,
    );
    const { stdout, stderr, code } = await lab.run(["/usr/bin/perl", "/opt/client.pl"], { uid });
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  };
  const client = (service: string, transport: string, credentials = ""): string =>
    `my $c = cPanel::APIClient->create( service => '${service}', transport => [ ${transport} ], ${credentials} );`;
  const domains = (call: string): string =>
    `my $r = ${call}; print encode_json([ $r->get_data()->{main_domain}, $r->get_errors() ]);`;

  run(`calls UAPI on the command line, for an account and as the account${unless}`, async () => {
    const call = domains("$c->call_uapi('DomainInfo', 'list_domains')");
    const asRoot = client("cpanel", "'CLISync'", "credentials => { username => 'alice' }");
    expect(await perl(asRoot + call)).toEqual(["example.nl"]);
    expect(await perl(client("cpanel", "'CLISync'") + call, uidOf("alice"))).toEqual(["example.nl"]);
  });

  run(`sends a PEM undamaged on the command line, and reads a refusal${unless}`, async () => {
    const { key } = authority.issue(["example.nl"], { keys: "rsa" });
    const upload = `my $r = $c->call_uapi('SSL', 'upload_key', { key => q{${key}}, friendly_name => 'über & 100%' });
      my $bad = $c->call_uapi('SSL', 'upload_key'); print encode_json([ $r->get_data()->[0]{modulus_length}, $bad->succeeded() ? 1 : 0, $bad->get_errors() ]);`;
    const asRoot = client("cpanel", "'CLISync'", "credentials => { username => 'alice' }");
    expect(await perl(asRoot + upload)).toEqual([2048, 0, "No 'key' argument specified."]);
  });

  const http = (): string => `'HTTPSync', hostname => '${lab.address}', tls_verification => 'off'`;
  const token = (service: "cpanel" | "whm", name: string): string =>
    `credentials => { username => '${name}', api_token => '${lab.createToken(service, name)}' }`;

  run(`calls UAPI and WHM over HTTPS with tokens, and UAPI through WHM${unless}`, async () => {
    const direct =
      client("cpanel", http(), token("cpanel", "alice")) +
      domains("$c->call_uapi('DomainInfo', 'list_domains')");
    expect(await perl(direct)).toEqual(["example.nl"]);
    const through =
      client("whm", http(), token("whm", "root")) +
      domains("$c->call_cpanel_uapi('alice', 'DomainInfo', 'list_domains')");
    expect(await perl(through)).toEqual(["example.nl"]);
    const whm = `${client("whm", http(), token("whm", "root"))}
      my $r = $c->call_api1('listaccts', { search => 'alice', searchtype => 'user', searchmethod => 'exact' });
      print encode_json([ $r->get_error(), map { $_->{domain} } @{ $r->get_data() } ]);`;
    expect(await perl(whm)).toEqual([null, "example.nl"]);
  });

  run(`takes a wrong token for an error of the transport${unless}`, async () => {
    const wrong = `${client("cpanel", http(), "credentials => { username => 'alice', api_token => 'WRONG' }")}
      eval { $c->call_uapi('DomainInfo', 'list_domains') }; print encode_json([ ref $@ ]);`;
    expect(await perl(wrong)).toEqual(["cPanel::APIClient::X::HTTP"]);
  });
});

describe("@cpanel/api, of cPanel", () => {
  const source = join(clients, "cpanel-node-api/src/index.ts");
  const { run, unless } = there(source, join(clients, "cpanel-node-api/node_modules/lodash"));

  run(`encodes calls that are answered, and reads the answers${unless}`, async () => {
    const api = await import(source);
    const send = async (
      service: "cpanel" | "whm",
      request: { generate(): SentRequest },
      token: string,
    ): Promise<unknown> => {
      const { url, body, headers } = request.generate();
      const fields = Object.fromEntries(
        headers.toArray().map(({ name, value }) => [name.toLowerCase(), value]),
      );
      const form = new URLSearchParams(body);
      return (await callPort(lab, service, url, { token, headers: fields, form })).json();
    };
    const uapiRequest = new api.UapiRequest({
      namespace: "WebVhosts",
      method: "list_ssl_capable_domains",
      filters: [{ column: "domain", operator: api.FilterOperator.Contains, value: "shop" }],
    });
    const token = `alice:${lab.createToken("cpanel", "alice")}`;
    const answer = new api.UapiResponse(await send("cpanel", uapiRequest, token));
    expect([answer.success, answer.hasErrors]).toEqual([true, false]);
    expect(answer.data.map((one: { domain: string }) => one.domain)).toContain("www.shop.nl");
    expect(answer.data.map((one: { domain: string }) => one.domain)).not.toContain("example.nl");
    const whmRequest = new api.WhmApiRequest("json-api", {
      method: "listaccts",
      arguments: [{ name: "search", value: "fay" }],
    });
    const listed = new api.WhmApiResponse(
      await send("whm", whmRequest, `root:${lab.createToken("whm", "root")}`),
    );
    expect([listed.success, listed.data.map((one: { user: string }) => one.user)]).toEqual([true, ["fay"]]);
  });
});

interface SentRequest {
  url: string;
  body: string;
  headers: { toArray(): { name: string; value: string }[] };
}

describe("cpanelgo, of FleetSSL", () => {
  const { run, unless } = there(join(clients, "cpanelgo/go.mod"), "/usr/bin/go");
  const folder = mkdtempSync(join(tmpdir(), "cpanelgo-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const go = (program: string, args: string[], cwd: string): Promise<string> =>
    new Promise((done, reject) => {
      const env = {
        PATH: "/usr/bin:/bin",
        HOME: folder,
        GOFLAGS: "-mod=mod",
        GOPROXY: "off",
        CGO_ENABLED: "0",
      };
      execFile(program, args, { env, cwd }, (cause, stdout, stderr) =>
        cause === null ? done(stdout) : reject(new Error(stderr)),
      );
    });

  run(
    `calls WHM, and UAPI in place of an account, and UAPI with a password where that is taken${unless}`,
    async () => {
      const program = join(folder, "cpanelcli");
      await go("/usr/bin/go", ["build", "-o", program, "./example"], join(clients, "cpanelgo"));
      const hash = join(folder, "accesshash");
      writeFileSync(hash, lab.createToken("whm", "root"));
      const common = ["-hostname", lab.address, "-insecure"];
      const asRoot = [...common, "-username", "root", "-accesshash", hash];
      expect(await go(program, ["-mode", "whm", ...asRoot, "-function", "listaccts"], folder)).toContain(
        '"example.nl"',
      );
      const call = ["-version", "uapi", "-module", "DomainInfo", "-function", "list_domains"];
      expect(
        await go(program, ["-mode", "whmimp", ...asRoot, "-impersonate", "alice", ...call], folder),
      ).toContain("dev.example.nl");
      lab.set({ basicAuth: "accepted" });
      const alice = [...common, "-username", "alice", "-password", "alice-Passw0rd"];
      const answer = await go(program, ["-mode", "cpanel", ...alice, ...call], folder);
      lab.set({ basicAuth: "refused" });
      expect(answer).toContain("dev.example.nl");
    },
    120_000,
  );

  run(
    `reads certificates and domains over the socket of a .live.cgi page${unless}`,
    async () => {
      const source = join(folder, "page");
      mkdirSync(source);
      writeFileSync(
        join(source, "go.mod"),
        `module page\ngo 1.12\nrequire github.com/letsencrypt-cpanel/cpanelgo v0.0.0\nreplace github.com/letsencrypt-cpanel/cpanelgo => ${join(clients, "cpanelgo")}\n`,
      );
      writeFileSync(
        join(source, "main.go"),
        `package main
import ("fmt"; "os"; "github.com/letsencrypt-cpanel/cpanelgo/cpanel")
func main() {
  fmt.Print("Content-Type: text/plain\\r\\n\\r\\n")
  api, err := cpanel.NewLiveApi("unix", os.Getenv("CPANEL_CONNECT_SOCKET"))
  if err != nil { fmt.Println(err); return }
  data, err := api.DomainsData()
  fmt.Println(data.Data.MainDomain.DocumentRoot, err)
  hosts, err := api.InstalledHosts()
  fmt.Println(len(hosts.Data), hosts.Data[0].Certificate.IsSelfSigned, err)
  has, err := api.HasFeature("sslinstall")
  fmt.Println(has, err)
  if live, ok := api.Gateway.(*cpanel.LiveApiGateway); ok { fmt.Fprintf(live, "<cpanelxml shutdown=\\"1\\" />") }
}
`,
      );
      const place = join(lab.rootDir, "usr/local/cpanel/base/frontend/jupiter/go");
      mkdirSync(place, { recursive: true });
      await go("/usr/bin/go", ["build", "-o", join(place, "index.live.cgi"), "."], source);
      for (const liveWarnings of [false, true]) {
        lab.set({ liveWarnings });
        const answer = await visit("alice", "/frontend/jupiter/go/index.live.cgi");
        lab.set({ liveWarnings: false });
        const [root = "", hosts = ""] = answer.text.split("\n");
        expect([answer.status, root]).toEqual([200, "/home/alice/public_html <nil>"]);
        expect(hosts).toMatch(/^[1-9]\d* \S+ <nil>$/);
      }
    },
    120_000,
  );
});

describe("the memcached plugin of LiteSpeed", () => {
  const place = join(clients, "lsmcd_cpanel_plugin");
  const { run, unless } = there(join(place, "res/lsmcd.pm"));

  run(`is registered, and its module and script run${unless}`, async () => {
    const archive = join(place, "lsmcd_cpanel_plugin.tar.gz");
    expect((await runCommand(lab, "scripts/install_plugin", archive)).code).toBe(0);
    expect((await visit("alice", "/frontend/jupiter/index.html")).text).toContain("LSMCD User Manager");
    put("usr/local/cpanel/Cpanel/API/lsmcd.pm", readFileSync(join(place, "res/lsmcd.pm"), "utf8"), 0o644);
    put(
      "usr/local/cpanel/bin/admin/Lsmcd/lsmcdAdminBin",
      readFileSync(join(place, "res/lsmcdAdminBin"), "utf8"),
      0o700,
    );
    put(
      "usr/local/cpanel/bin/admin/Lsmcd/lsmcdAdminBin.conf",
      readFileSync(join(place, "res/lsmcdAdminBin.conf"), "utf8"),
      0o644,
    );
    const token = `alice:${lab.createToken("cpanel", "alice")}`;
    put("opt/stats/lsmcdsasl.py", '#!/bin/sh\necho "stats of $2 at $1"\n');
    const form = { server: "127.0.0.1", directory: "/opt/stats" };
    const missing = await callPort(lab, "cpanel", "/execute/lsmcd/doStats", { token, form: { server: "x" } });
    expect(missing.json().errors).toEqual(["No 'directory' argument specified."]);
    const answer = (await callPort(lab, "cpanel", "/execute/lsmcd/doStats", { token, form })).json();
    expect(answer).toMatchObject({ status: 1, data: { output: "stats of alice at 127.0.0.1" } });
    const words = ["lsmcd", "doStats", "server=x", "directory=%2Fopt%2Fstats"];
    expect((await uapi(lab, "alice", ...words)).errors[0]).toContain("not an allowed parent");
  });
});
