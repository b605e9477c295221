import { execFile } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { zipArchive } from "../ca/zip-archive.ts";
import { withExtensions } from "../plesk/extensions/extension-host.ts";
import type { PleskLab } from "../plesk/plesk-lab.ts";
import { freshPlesk, issuedFor, pairFor, plesk, shown } from "./plesk-client.ts";
import { callPlesk } from "./plesk-panel-client.ts";

const clients = resolve(import.meta.dirname, "../../../.tools/clients");
const library = join(clients, "plesk-api-php-lib");
const acme = join(clients, "acme.sh");
const [example, longTasks] = [join(clients, "plesk-ext-example"), join(clients, "plesk-ext-long-tasks")];
const hasPhp = ["/usr/bin/php", "/usr/bin/php-cgi"].every((path) => existsSync(path));

let lab: PleskLab;
let remove: () => Promise<void>;

async function open(): Promise<void> {
  // These clients look names up by themselves, so the panel has a name that every machine knows.
  ({ lab, remove } = await freshPlesk({
    hostName: "localhost",
    ...(hasPhp ? { extensions: withExtensions } : {}),
    switches: { loginAttempts: 1000 },
  }));
}

beforeAll(open);
afterAll(() => remove());

/** Output of a program; its exit code is part of what is said. */
function run(
  program: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ code: number; text: string }> {
  const home = join(lab.rootDir, "client-home");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "trust.pem"), lab.panelCaPem);
  writeFileSync(join(home, ".curlrc"), `cacert = "${home}/trust.pem"\n`);
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home, ...environment };
  return new Promise((done) => {
    execFile(program, args, { env, cwd: home, maxBuffer: 16 * 1024 * 1024 }, (cause, stdout, stderr) => {
      const { code = 0 } = (cause ?? {}) as { code?: number };
      done({ code: typeof code === "number" ? code : 1, text: `${stdout}${stderr}` });
    });
  });
}

describe("plesk/api-php-lib, its own tests", () => {
  const found = [library, "/usr/bin/phpunit", "/usr/bin/php"].every((path) => existsSync(path));
  const there = found ? it : it.skip;
  const unless = found ? "" : " (skipped: the library, PHP or PHPUnit is not there)";
  /** What is left out of a class, and why: nothing of it is needed by anyone who installs certificates. */
  const leftOut: Readonly<Record<string, string>> = {
    WebspaceTest: "Descriptor|PhpSettings|RequestCreateWebspace",
    ServerTest: "Components|Shells|NetworkInterfaces|Statistics|SiteIsolation|UpdatesInfo|SessionPreferences",
  };
  const classes = [
    "ApiClientTest",
    "CertificateTest",
    "CustomerTest",
    "DnsTest",
    "IpTest",
    "ResellerTest",
    "SecretKeyTest",
    "ServerTest",
    "ServicePlanTest",
    "SessionTest",
    "SiteAliasTest",
    "SiteTest",
    "SubdomainTest",
    "WebspaceTest",
  ];

  // Some of them count what is on the server, so each class has a server of its own.
  beforeEach(async () => {
    await remove();
    await open();
  });

  for (const name of classes) {
    there(`${name}${leftOut[name] === undefined ? "" : ` without ${leftOut[name]}`}${unless}`, async () => {
      const bootstrap = join(lab.rootDir, "tmp/bootstrap.php");
      writeFileSync(
        bootstrap,
        `<?php
        spl_autoload_register(function ($class) {
            foreach (['PleskXTest\\\\' => 'tests', 'PleskX\\\\' => 'src'] as $prefix => $folder) {
                $file = '${library}/' . $folder . '/' . strtr(substr($class, strlen($prefix)), '\\\\', '/') . '.php';
                if (str_starts_with($class, $prefix) && is_file($file)) {
                    require $file;
                }
            }
        });`,
      );
      const skipped = leftOut[name];
      const filter = skipped === undefined ? [] : ["--filter", `/^(?!.*(${skipped})).*$/`];
      const { code, text } = await run(
        "/usr/bin/phpunit",
        ["--no-configuration", "--bootstrap", bootstrap, ...filter, join(library, "tests", `${name}.php`)],
        { REMOTE_URL: `https://localhost:${lab.port}`, REMOTE_PASSWORD: "admin-Passw0rd" },
      );
      expect([code, text]).toEqual([0, expect.stringMatching(/OK \(\d+ tests?, \d+ assertions?\)/)]);
    });
  }
});

describe("acme.sh, dnsapi/dns_pleskxml.sh", () => {
  const found = existsSync(acme);
  const there = found ? it : it.skip;
  const unless = found ? "" : " (skipped: .tools/clients/acme.sh is not there)";
  const withFunctions = (script: string, password = "admin-Passw0rd") =>
    run(
      "/bin/sh",
      ["-c", `. ${acme}/acme.sh > /dev/null; . ${acme}/dnsapi/dns_pleskxml.sh; _initpath; ${script}`],
      {
        LE_WORKING_DIR: acme,
        LE_CONFIG_HOME: join(lab.rootDir, "client-home"),
        pleskxml_user: "admin",
        pleskxml_pass: password,
        pleskxml_uri: `https://localhost:${lab.port}/enterprise/control/agent.php`,
      },
    );
  const txt = (name: string): Promise<string[][]> => {
    const resolver = new Resolver();
    resolver.setServers([lab.dnsAddress]);
    return resolver.resolveTxt(name);
  };

  there(`is refused with a wrong password, and reads why${unless}`, async () => {
    const { code, text } = await withFunctions("dns_pleskxml_add _acme-challenge.example.nl value", "wrong");
    expect([code, text]).toEqual([
      1,
      expect.stringContaining("You have entered incorrect username or password."),
    ]);
  });

  there(`adds and removes TXT records of a domain and of an add-on domain${unless}`, async () => {
    await lab.addAccount({ login: "jansen" });
    await lab.addDomain("jansen", "example.nl", { addons: ["addon.nl"], subdomains: ["shop"] });
    for (const name of ["_acme-challenge.www.example.nl", "_acme-challenge.addon.nl"]) {
      expect(await withFunctions(`dns_pleskxml_add ${name} XKrxpRBosdIKFzxW_CT3`)).toMatchObject({ code: 0 });
      expect(await txt(name)).toEqual([["XKrxpRBosdIKFzxW_CT3"]]);
      expect(await withFunctions(`dns_pleskxml_rm ${name} XKrxpRBosdIKFzxW_CT3`)).toMatchObject({ code: 0 });
      await expect(txt(name)).rejects.toThrow("ENOTFOUND");
    }
  });
});

describe("ZeroClover/Plesk-Cert-Deploy", () => {
  const tool = join(clients, "plesk-cert-deploy/main.go");
  const found = existsSync(tool) && existsSync("/usr/bin/go");
  const there = found ? it : it.skip;
  const unless = found ? "" : " (skipped: Go or .tools/clients/plesk-cert-deploy is not there)";
  let program: string;
  let path: string;
  const deploy = (subscription: string, name: string, key: string, ca?: string) =>
    run(
      program,
      [
        ...["-s", subscription, "-n", name, "--pri", join(path, key), "--pub", join(path, "cert.pem")],
        ...(ca === undefined ? [] : ["--ca", join(path, ca)]),
      ],
      { PATH: `${dirname(lab.command)}:/usr/bin:/bin` },
    );
  const listed = async (): Promise<string> =>
    (await plesk(lab, "bin", "certificate", "-l", "-domain", "example.nl")).stdout;

  beforeEach(async () => {
    if (!found) return;
    await remove();
    await open();
    path = join(lab.rootDir, "tmp");
    program = join(path, "plesk-deploy");
    // Built as one file: the tool needs nothing but Go's own library, and its module asks for a Go that Debian has not.
    const go = ["build", "-o", program, tool];
    const built = await run("/usr/bin/go", go, {
      GO111MODULE: "off",
      GOCACHE: join(path, "go"),
      GOPATH: path,
    });
    expect(built).toEqual({ code: 0, text: "" });
    await lab.addAccount({ login: "jansen" });
    await lab.addDomain("jansen", "example.nl");
    const { pair, ca } = issuedFor("example.nl", "www.example.nl");
    for (const [name, text] of Object.entries({ "key.pem": pair.key, "cert.pem": pair.cert, "ca.pem": ca })) {
      writeFileSync(join(path, name), text, { mode: 0o600 });
    }
    writeFileSync(join(path, "other.pem"), pairFor("example.nl").key, { mode: 0o600 });
  });

  there(`reads the panel's refusals: an unknown subscription, a key that does not fit${unless}`, async () => {
    const unknown = await deploy("nosuch.nl", "mine", "key.pem");
    expect(unknown).toMatchObject({
      code: 1,
      text: expect.stringContaining("Unable to find domain") as string,
    });
    expect(unknown.text).toContain("Failed to list certificates");
    expect(await deploy("example.nl", "mine", "other.pem")).toMatchObject({
      code: 1,
      text: expect.stringContaining("Failed to create certificate") as string,
    });
    expect(await listed()).not.toContain("mine");
  });

  there(
    `creates under a name with spaces, then finds it in the list and updates it, which an assigned website shows${unless}`,
    async () => {
      const name = "my own name";
      expect(await deploy("example.nl", name, "key.pem", "ca.pem")).toEqual({
        code: 0,
        text: `Certificate '${name}' deployed successfully to subscription 'example.nl'.\n`,
      });
      expect(await listed()).toMatch(/^(Y|N) +Y +Y +Y +my own name +0$/m);
      const assigned = ["-ssl", "true", "-certificate-name", name];
      await plesk(lab, "bin", "site", "--update", "example.nl", ...assigned);
      expect(await shown(lab, "example.nl")).toMatchObject({ length: 2 });
      const renewed = issuedFor("example.nl", "renewed.example.nl");
      writeFileSync(join(path, "key.pem"), renewed.pair.key);
      writeFileSync(join(path, "cert.pem"), renewed.pair.cert);
      expect(await deploy("example.nl", name, "key.pem", "ca.pem")).toMatchObject({ code: 0 });
      await lab.settle();
      expect((await shown(lab, "example.nl")).names).toContain("renewed.example.nl");
      expect((await listed()).match(/my own name/g)).toHaveLength(1);
    },
  );
});

describe("published extensions", () => {
  /** Packs the folder of a repository as it is. */
  async function install(folder: string): Promise<void> {
    const names = globSync("**/*", { cwd: folder }).filter((name) => statSync(join(folder, name)).isFile());
    const files = names.map((name) => ({ name, content: readFileSync(join(folder, name)), mode: 0o644 }));
    const path = join(lab.rootDir, "tmp/published.zip");
    writeFileSync(path, zipArchive(files));
    expect(await plesk(lab, "bin", "extension", "--install", path)).toMatchObject({ code: 0, stderr: "" });
  }

  const hasExample = hasPhp && existsSync(example);
  (hasExample ? it : it.skip)(
    `plesk/ext-example: form, list, tools, tabs and active list${hasExample ? "" : " (skipped: PHP or the extension is not there)"}`,
    async () => {
      await install(example);
      const session = lab.login("admin");
      const page = "/modules/example/index.php/index";
      const form = await callPlesk(lab, `${page}/form`, { session });
      expect([form.status, form.text]).toEqual([200, expect.stringContaining("Example TextArea")]);
      expect(form.text).toContain('class="pul-tab pul-tab--active"');
      const values = {
        exampleText: "text",
        exampleTextarea: "area",
        exampleSelect: "opt-1",
        exampleRadio: "opt-0",
        exampleHidden: "example",
      };
      const headers = { "x-forgery-protection-token": session.forgeryToken };
      const wrong = await callPlesk(lab, `${page}/form`, {
        session,
        headers,
        form: { ...values, exampleText: "" },
      });
      expect(wrong.text).toContain("This required field is empty");
      const saved = await callPlesk(lab, `${page}/form`, { session, headers, form: values });
      expect(JSON.parse(saved.text)).toEqual({ redirect: "/modules/example/" });
      const again = await callPlesk(lab, "/modules/example/", { session });
      expect(again.text).toContain("Data was successfully saved.");
      expect(again.text).toContain('value="text"');
      expect((await callPlesk(lab, `${page}/list`, { session })).text).toContain("link #149</a>");
      const data = JSON.parse((await callPlesk(lab, `${page}/list-data`, { session })).text) as {
        pager: object;
      };
      expect(data.pager).toEqual({ current: 1, itemsPerPage: 25, total: 149 });
      expect((await callPlesk(lab, `${page}/tools`, { session })).text).toContain("databases.png");
      expect((await callPlesk(lab, `${page}/active-list`, { session })).text).toContain("pul-card");
      expect(await callPlesk(lab, "/modules/example/images/panel.png", { session })).toMatchObject({
        status: 200,
      });
      expect(await plesk(lab, "bin", "extension", "--uninstall", "example")).toMatchObject({ code: 0 });
    },
  );

  const hasTasks = hasPhp && existsSync(longTasks);
  (hasTasks ? it : it.skip)(
    `plesk/ext-long-tasks: starts a task in the background, counts it, and asks the XML API in-process${hasTasks ? "" : " (skipped: PHP or the extension is not there)"}`,
    async () => {
      await install(longTasks);
      const session = lab.login("admin");
      const page = "/modules/long-tasks-example/index.php/index";
      const started = await callPlesk(lab, `${page}/add-task/type/fail`, { session });
      expect([started.status, started.headers.location]).toEqual([
        302,
        "/modules/long-tasks-example/index.php/index/form",
      ]);
      const form = await callPlesk(lab, `${page}/form`, { session });
      expect(form.text).toContain("Count of global succeed tasks: 0");
      expect(form.text).toContain("Select domain");
      await callPlesk(lab, `${page}/cancel-all-task`, { session });
      await lab.extensions.longTasksDone();
      expect(lab.extensions.longTasks).toEqual([]);
    },
  );
});
