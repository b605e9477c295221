import { execFile } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { selfSigned } from "../common/lab-certificates.ts";
import type { DirectAdminLab } from "../directadmin/directadmin-lab.ts";
import { freshLab, shownCertificate } from "./directadmin-client.ts";

const clients = resolve(import.meta.dirname, "../../../.tools/clients");
const acme = join(clients, "acme.sh");
const omines = join(clients, "omines-directadmin");
const guzzle = "/usr/share/php/GuzzleHttp/autoload.php";

let lab: DirectAdminLab;
let remove: () => Promise<void>;

beforeAll(async () => {
  // These clients look names up by themselves, so the panel has a name that every machine knows.
  ({ lab, remove } = await freshLab({ hostName: "localhost" }));
  await lab.addAccount({ name: "bob", language: "nl" });
  await lab.addDomain("bob", "example.nl", {
    subdomains: ["shop", "mail2"],
    pointers: { "alias.nl": "alias", "elsewhere.nl": "pointer" },
  });
  await lab.runTaskQueue();
});

afterAll(() => remove());

/** Output of a program that exits with 0; curl, wherever it is used, trusts the panel's own certificate. */
function run(program: string, args: string[], environment: Record<string, string> = {}): Promise<string> {
  const home = join(lab.rootDir, "client-home");
  const trust = join(lab.rootDir, "usr/local/directadmin/conf/cacert.pem");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, ".curlrc"), `cacert = "${trust}"\n`);
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home, ...environment };
  return new Promise((done, reject) => {
    execFile(program, args, { env, cwd: home }, (cause, stdout, stderr) => {
      if (cause === null) done(stdout);
      else reject(new Error(`${cause.message}\n${stdout}\n${stderr}`));
    });
  });
}

describe("acme.sh", () => {
  const found = existsSync(acme);
  const there = found ? it : it.skip;
  const unless = found ? "" : " (skipped: .tools/clients/acme.sh is not there)";
  const withFunctions = (script: string, environment: Record<string, string>): Promise<string> =>
    run(
      "/bin/sh",
      [
        "-c",
        `. ${acme}/acme.sh > /dev/null; . ${acme}/deploy/directadmin.sh; . ${acme}/dnsapi/dns_da.sh
        _initpath; _savedomainconf() { :; }; ${script}`,
      ],
      { LE_WORKING_DIR: acme, LE_CONFIG_HOME: join(lab.rootDir, "client-home"), ...environment },
    );
  const deploy = (domain: string): Promise<string> => {
    const file = (name: string): string => join(lab.rootDir, name);
    return withFunctions(
      `directadmin_deploy example.nl ${file("key")} ${file("cert")} ${file("ca")} ${file("fullchain")}`,
      {
        DirectAdmin_ENDPOINT: `localhost:${lab.port}`,
        DirectAdmin_USERNAME: "bob",
        DirectAdmin_KEY: "bob-Passw0rd",
        DirectAdmin_MAIN_DOMAIN: domain,
      },
    );
  };
  const writePair = (): { cert: string; ca: string } => {
    const pair = selfSigned(["example.nl", "www.example.nl"], new Date());
    const ca = selfSigned(["an intermediate"], new Date()).cert;
    const texts = { key: pair.key, cert: pair.cert, ca, fullchain: pair.cert + ca };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(lab.rootDir, name), text);
    return { cert: pair.cert, ca };
  };

  there(`deploys key and full chain with deploy/directadmin.sh${unless}`, async () => {
    const { cert, ca } = writePair();
    expect(await deploy("example.nl")).toContain("successfully deployed");
    const stored = join(lab.rootDir, "usr/local/directadmin/data/users/bob/domains/example.nl.cert.combined");
    expect(readFileSync(stored, "utf8")).toBe(cert + ca);
    await lab.runTaskQueue();
    expect(await shownCertificate(lab, "www.example.nl")).toMatchObject({
      names: "DNS:example.nl, DNS:www.example.nl",
    });
  });

  there(`is refused for a subdomain, and understands it${unless}`, async () => {
    writePair();
    await expect(deploy("shop.example.nl")).rejects.toThrow(/Error in deploying.*You do not own/s);
  });

  there(`adds and removes a TXT record with dnsapi/dns_da.sh${unless}`, async () => {
    const environment = {
      DA_Api: `https://bob:bob-Passw0rd@localhost:${lab.port}`,
      DA_Api_Insecure: "0",
    };
    const txt = (): Promise<string[][]> => {
      const resolver = new Resolver();
      resolver.setServers([lab.dnsAddress]);
      return resolver.resolveTxt("_acme-challenge.www.example.nl");
    };
    const record = "_acme-challenge.www.example.nl XKrxpRBosdIKFzxW_CT3KLZNf6q0HG9i01zxXp5CPBs";
    await withFunctions(`dns_da_add ${record}`, environment);
    expect(await txt()).toEqual([["XKrxpRBosdIKFzxW_CT3KLZNf6q0HG9i01zxXp5CPBs"]]);
    await withFunctions(`dns_da_rm ${record}`, environment);
    await expect(txt()).rejects.toThrow("ENOTFOUND");
  });
});

describe("omines/directadmin", () => {
  const found = [omines, guzzle, "/usr/bin/php"].every((path) => existsSync(path));
  const there = found ? it : it.skip;
  const unless = found ? "" : " (skipped: the client, PHP or Guzzle is not there)";
  /** The client wants a function that later versions of its HTTP library no longer have. */
  const php = (script: string): Promise<string> =>
    run("/usr/bin/php", [
      "-d",
      `curl.cainfo=${join(lab.rootDir, "usr/local/directadmin/conf/cacert.pem")}`,
      "-d",
      "error_reporting=8191",
      "-r",
      `namespace GuzzleHttp\\Psr7 { function parse_query($text) { return Query::parse($text); } }
      namespace {
        require '${guzzle}';
        spl_autoload_register(function ($class) {
          require '${omines}/src/' . strtr(substr($class, strlen('Omines\\\\')), '\\\\', '/') . '.php';
        });
        $admin = Omines\\DirectAdmin\\DirectAdmin::connectAdmin(
          'https://localhost:${lab.port}', 'admin', 'admin-Passw0rd', true);
        ${script}
      }`,
    ]);

  there(`reads accounts, domains and subdomains in place of the admin${unless}`, async () => {
    const output = await php(`
      $bob = $admin->getUser('bob');
      $domain = $bob->getDomain('example.nl');
      echo json_encode([
        $admin->getType(), array_keys($admin->getUsers()), $bob->isSuspended(), $bob->hasSSL(),
        $domain->getAliases(), $domain->getPointers(), array_keys($domain->getSubdomains()),
        $domain->getBandwidthLimit(),
      ]);`);
    expect(JSON.parse(output)).toEqual([
      "admin",
      ["bob"],
      false,
      true,
      ["alias.nl"],
      ["elsewhere.nl"],
      ["shop", "mail2"],
      null,
    ]);
  });

  there(`reads values as long-ago panels escaped them${unless}`, async () => {
    lab.set({ valueEscapes: "entities" });
    const output = await php(`echo $admin->impersonateUser('bob', true)->getContextUser()->getType();`);
    lab.set({ valueEscapes: "digits" });
    expect(output).toBe("user");
  });

  there(`takes a login page for what it is${unless}`, async () => {
    lab.fault({ kind: "html", match: { path: /SHOW_ALL_USERS/ } });
    const output = await php(`
      try { $admin->getAllUsers(); } catch (Exception $problem) { echo $problem->getMessage(); }`);
    expect(output).toContain("returned text/html");
  });
});
