import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Agent, request } from "undici";
import { freePort } from "../demo/free-port.ts";
import { packPleskExtension } from "../demo/servers/plesk-package.ts";
import { withExtensions } from "../labs/plesk/extensions/extension-host.ts";
import { startPleskLab } from "../labs/plesk/plesk-lab.ts";

// The lab's web server is nginx, as on a server as Plesk installs it. Where nginx is switched off, Apache answers, and what the
// extension puts into its configuration is tried out here with Debian's Apache.
const run = promisify(execFile);
const modules = "/usr/lib/apache2/modules";
const found = existsSync("/usr/sbin/apache2");
const there = found ? describe : describe.skip;
const unless = found ? "" : " (skipped: apache2 is not there)";
const hasModSecurity = existsSync(join(modules, "mod_security2.so"));

const file = "/.well-known/pki-validation/0A1B2C.txt";
const content = "comodoca.com\n0123456789\n";

/** As the panel writes them into a website's configuration (spec plesk §3.8). */
const redirect = `RewriteEngine On
RewriteCond %{HTTPS} off
RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L,QSA]`;
const redirectOfSslIt = `RewriteEngine On
RewriteCond %{REQUEST_URI} !^/\\.well\\-known/acme\\-challenge/
RewriteCond %{HTTPS} off
RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,QSA]`;
const password = `<Location "/">
AuthType Basic
AuthName "closed"
AuthUserFile "/dev/null"
Require valid-user
</Location>`;
const closedFromOutside = `<Location "/">
Order Deny,Allow
Deny from all
</Location>`;

there(`a validation file where Apache answers${unless}`, () => {
  let folder: string;
  /** What the extension has the panel write, with the file wanted and without. */
  let lines: string;
  let linesAfterwards: string;
  let application: Server;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "plesk-apache-"));
    chmodSync(folder, 0o755);
    const lab = await startPleskLab({
      rootDir: join(folder, "server"),
      secondMs: 20,
      extensions: withExtensions,
    });
    try {
      const archive = packPleskExtension(folder, { leaveOut: ["plib/scripts/post-install.php"] });
      await run(lab.command, ["bin", "extension", "--install", archive]);
      await lab.addAccount({ login: "bob" });
      await lab.addDomain("bob", "bob.test");
      const { sites } = JSON.parse(readFileSync(join(lab.rootDir, "opt/psa/var/psa.json"), "utf8")) as {
        sites: { id: number; name: string }[];
      };
      const id = String(sites.find(({ name }) => name === "bob.test")?.id);
      const ask = async (verb: string): Promise<string> => {
        await run(lab.command, [
          ...["bin", "extension", "--exec", "xolphin-ssl", "serve-validation.php", verb, id, "0A1B2C.txt"],
        ]);
        return (await lab.extensions.hook("xolphin-ssl", "WebServer", "apacheLines", {
          domain: Number(id),
        })) as string;
      };
      lines = await ask("add");
      linesAfterwards = await ask("remove");
    } finally {
      await lab.stop();
    }
    const shown = join(folder, "server/var/www/vhosts/default/htdocs");
    mkdirSync(join(shown, ".well-known/pki-validation"), { recursive: true });
    writeFileSync(join(shown, file), content);
    mkdirSync(join(folder, "httpdocs"));
    writeFileSync(join(folder, "httpdocs/index.html"), "the website");
    application = createServer((_request, response) => response.end("the application"));
    await new Promise<void>((resolve) => application.listen(0, "127.0.0.1", resolve));
    await run("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-subj", "/CN=bob.test", "-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")],
    ]);
  });

  afterAll(async () => {
    await new Promise<void>((resolve) => application.close(() => resolve()));
    rmSync(folder, { recursive: true, force: true });
  });

  const app = (): string =>
    `ProxyPass "/" "http://127.0.0.1:${(application.address() as AddressInfo).port}/"`;

  test.each<[string, string, () => string, number]>([
    ["a plain website", "the website", () => "", 200],
    ["a website with an application in front", "the application", app, 200],
    ["a website behind a password", "401", () => password, 200],
    ["a website that is closed from outside", "403", () => closedFromOutside, 403],
  ])(
    "%s: the file is shown as text, whatever else the website shows",
    async (_name, otherwise, theirs, whenTheirsIsLast) => {
      await withApache(`${theirs()}\n${lines}`, async (get) => {
        expect(await get("http", file)).toMatchObject({ status: 200, type: "text/plain", text: content });
        const other = await get("http", "/index.html");
        expect(other.status === 200 ? other.text : String(other.status)).toBe(otherwise);
      });
      await withApache(`${lines}\n${theirs()}`, async (get) => {
        expect(await get("http", file)).toMatchObject({ status: whenTheirsIsLast });
      });
    },
  );

  test("a website whose own .htaccess sends everything elsewhere does not get in the way", async () => {
    const htaccess = join(folder, "httpdocs/.htaccess");
    writeFileSync(htaccess, "RewriteEngine On\nRewriteRule ^ https://elsewhere.test/ [R=302,L]\n");
    await withApache(lines, async (get) => {
      expect(await get("http", file)).toMatchObject({ status: 200, text: content });
      expect(await get("http", "/index.html")).toMatchObject({ status: 302 });
    });
    rmSync(htaccess);
  });

  (hasModSecurity ? test : test.skip)(
    `ModSecurity does not judge it${hasModSecurity ? "" : " (skipped: libapache2-mod-security2 is not there)"}`,
    async () => {
      const rule = `SecRuleEngine On\nSecRule REQUEST_URI "@rx \\.txt" "id:1,phase:2,deny,status:406"`;
      await withApache(`${rule}\n${lines}`, async (get) => {
        expect(await get("http", file)).toMatchObject({ status: 200, text: content });
        expect(await get("http", "/other.txt")).toMatchObject({ status: 406 });
      });
    },
  );

  test("the HTTPS redirect is stronger where the panel writes it first: the file is then shown over HTTPS", async () => {
    for (const theirs of [redirect, redirectOfSslIt]) {
      await withApache(`${theirs}\n${lines}`, async (get) => {
        expect(await get("http", file)).toMatchObject({ status: 301, location: `https://bob.test${file}` });
        expect(await get("https", file)).toMatchObject({ status: 200, type: "text/plain", text: content });
      });
    }
  });

  test("where the redirect comes after our lines the file is shown without it, and everything else is redirected", async () => {
    for (const theirs of [redirect, redirectOfSslIt]) {
      await withApache(`${lines}\n${theirs}`, async (get) => {
        expect(await get("http", file)).toMatchObject({ status: 200, type: "text/plain", text: content });
        expect(await get("http", "/index.html")).toMatchObject({ status: 301 });
      });
    }
  });

  test("what is not there is not found, no folder is listed, and afterwards nothing of it stays", async () => {
    await withApache(lines, async (get) => {
      expect(await get("http", "/.well-known/pki-validation/other.txt")).toMatchObject({ status: 404 });
      const folderItself = await get("http", "/.well-known/pki-validation/");
      expect([403, 404]).toContain(folderItself.status);
      expect(folderItself.text).not.toContain("0A1B2C");
      expect(await get("http", "/.well-known/pki-validation/../../../httpdocs/index.html")).not.toMatchObject(
        {
          status: 200,
          text: content,
        },
      );
    });
    expect(linesAfterwards).toBe("");
  });

  type Get = (
    scheme: "http" | "https",
    path: string,
  ) => Promise<{
    status: number;
    type: string | undefined;
    location: string | string[] | null;
    text: string;
  }>;

  /** Apache with one website on HTTP and HTTPS, in whose configuration stands `inside`. */
  async function withApache(inside: string, use: (get: Get) => Promise<void>): Promise<void> {
    const ports = { http: await freePort(), https: await freePort() };
    const names = [
      ...["mpm_event", "authz_core", "authz_host", "authz_user", "authn_core", "authn_file", "auth_basic"],
      ...["access_compat", "alias", "dir", "mime", "rewrite", "setenvif", "proxy", "proxy_http", "unique_id"],
      ...["socache_shmcb", "ssl", ...(hasModSecurity ? ["security2"] : [])],
    ];
    const load = names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join("\n");
    const vhost = (port: number, more: string): string => `<VirtualHost 127.0.0.1:${port}>
ServerName bob.test
DocumentRoot "${folder}/httpdocs"
${more}
${inside}
</VirtualHost>`;
    const tls = `SSLEngine on\nSSLCertificateFile "${folder}/cert.pem"\nSSLCertificateKeyFile "${folder}/key.pem"`;
    const config = join(folder, "apache.conf");
    writeFileSync(
      config,
      `ServerRoot "${folder}"
ServerName localhost
PidFile "${folder}/apache.pid"
ErrorLog "${folder}/error.log"
${hasModSecurity ? "LoadFile /usr/lib/x86_64-linux-gnu/libxml2.so.2" : ""}
${load}
User www-data
Group www-data
TypesConfig /etc/mime.types
Listen 127.0.0.1:${ports.http}
Listen 127.0.0.1:${ports.https}
<Directory "${folder}">
AllowOverride All
Require all granted
</Directory>
${vhost(ports.http, "")}
${vhost(ports.https, tls)}
`,
    );
    const apache = spawn("/usr/sbin/apache2", ["-f", config, "-D", "FOREGROUND"], { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => apache.on("exit", () => resolve()));
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    try {
      await untilListening(ports.https, ended);
      await use(async (scheme, path) => {
        const { statusCode, headers, body } = await request(`${scheme}://127.0.0.1:${ports[scheme]}${path}`, {
          dispatcher,
          headers: { host: "bob.test" },
        });
        return {
          status: statusCode,
          type: String(headers["content-type"]).split(";")[0],
          location: headers["location"] ?? null,
          text: await body.text(),
        };
      });
    } finally {
      await dispatcher.close();
      apache.kill("SIGTERM");
      await ended;
    }
  }

  async function untilListening(port: number, ended: Promise<void>): Promise<void> {
    let over = false;
    void ended.then(() => {
      over = true;
    });
    const log = join(folder, "error.log");
    for (;;) {
      const open = await new Promise<boolean>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => resolve(true));
        socket.on("error", () => resolve(false)).on("connect", () => socket.destroy());
      });
      if (open) return;
      if (over)
        throw new Error(
          existsSync(log) && statSync(log).size > 0 ? readFileSync(log, "utf8") : "Apache ended",
        );
      await pause(50);
    }
  }
});
