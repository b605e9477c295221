import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type DemoStage, openDemoStage } from "./demo-stage.ts";
import { showFleet } from "./fleet/show-fleet.ts";
import { fingerprint, openssl } from "./openssl.ts";
import { openPage } from "./panel-browser.ts";
import { account, domain } from "./servers/demo-server.ts";
import { demoServers } from "./servers/index.ts";

/** What `request show --json` prints, as far as the demo shows it. */
interface Report {
  readonly id: number;
  readonly reference: string;
  readonly state: string;
  readonly fingerprint: string | null;
  readonly reason: { readonly sentence: string } | null;
  readonly timeline: readonly { at: string; kind: string; source: string; data: Record<string, unknown> }[];
}

const patience = 90_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      once: { type: "boolean" },
      fleet: { type: "boolean" },
      panel: { type: "string" },
      screenshot: { type: "string" },
    },
  });
  const openServer = demoServers[values.panel ?? "directadmin"];
  if (openServer === undefined) {
    console.error(`There is a lab for ${Object.keys(demoServers).join(", ")} only.`);
    return 2;
  }
  if (process.getuid?.() !== 0) {
    console.error("The demo installs a plugin and runs its parts as their own users: start it as root.");
    return 2;
  }
  if (values.fleet === true) return showFleet(values.once === true);
  const stage = await openDemoStage(openServer);
  try {
    const done = await orderAndFollow(stage);
    const held = await showProof(stage, done, values.screenshot ?? null);
    if (values.once === true) return held ? 0 : 1;
    await stayUp(stage);
    return held ? 0 : 1;
  } finally {
    await stage.close();
  }
}

async function orderAndFollow(stage: DemoStage): Promise<Report> {
  say(`Before: ${domain} shows ${await presented(stage, domain)}`);
  say(`\nOrdering a certificate for ${domain} …`);
  const placed = (await stage.command(
    "order",
    ...["--account", account, "--name", domain, "--product", "EssentialSSL", "--years", "1", "--dcv", "dns"],
  )) as Report;
  const end = Date.now() + patience;
  let report = placed;
  while (report.state !== "installed" && Date.now() < end) {
    await pause(200);
    report = (await stage.command("request", "show", placed.reference)) as Report;
  }
  say("\nTime line (UTC)");
  for (const { at, kind, source, data } of report.timeline) {
    const facts = Object.entries(data).map(
      ([name, value]) => `${name}=${String(value).replaceAll("\n", ", ")}`,
    );
    say(`  ${at.slice(11, 23)}  ${kind.padEnd(16)} ${source.padEnd(8)} ${facts.join(" ")}`);
  }
  say(`\nState: ${report.state}${report.reason === null ? "" : `: ${report.reason.sentence}`}`);
  return report;
}

/** The proof is made without the program: openssl looks at the wire, and the page is opened as a browser opens it. */
async function showProof(stage: DemoStage, report: Report, screenshot: string | null): Promise<boolean> {
  let held = report.state === "installed";
  say("\nHandshake proof (openssl s_client)");
  const roots = join(stage.folder, "issued-by.pem");
  writeFileSync(roots, stage.ca.rootPem);
  for (const name of [domain, `www.${domain}`]) {
    const look = await openssl(
      ...["s_client", "-connect", sites(stage), "-servername", name],
      ...["-verify_hostname", name, "-CAfile", roots, "-no-CApath", "-no-CAstore", "-showcerts"],
    );
    const sent = look.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
    const print = await fingerprint(look);
    const good = look.includes("Verify return code: 0 (ok)") && sent >= 2 && print === report.fingerprint;
    held &&= good;
    say(`  ${name}: ${print}`);
    say(`    chain of ${sent} certificates, ${/Verify return code: .*/.exec(look)?.[0] ?? "no handshake"}`);
    say(`    ${good ? "as issued" : "NOT AS ISSUED"}`);
  }
  const page = await openPage(
    await stage.server.visit({
      account,
      level: "account",
      path: "/request",
      query: { id: report.reference },
    }),
    screenshot === null ? null : { path: screenshot },
  );
  const shown = page.text.includes(domain) && page.text.includes(String(report.id));
  held &&= shown;
  const where = page.inBrowser ? "opened in a browser inside the panel's shell" : "opened in the panel";
  say(`\nStatus page, ${where}: ${shown ? "shows the request" : "DOES NOT SHOW THE REQUEST"}`);
  if (screenshot !== null) say(`  saved to ${screenshot}`);
  return held;
}

async function stayUp({ server: { welcome }, folder }: DemoStage): Promise<void> {
  const logins = welcome.logins.map(
    ({ name, password, who }) => `  ${`${name} / ${password}`.padEnd(28)} ${who}`,
  );
  say(`
Look around in a browser (its warning is about the lab's own certificate):
  ${welcome.url}
${logins.join("\n")}
Logs are in ${folder}. Ctrl-C ends it.`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/** Where the server's sites answer TLS handshakes. */
function sites({ server }: DemoStage): string {
  return `${server.address}:${server.httpsPort}`;
}

async function presented(stage: DemoStage, name: string): Promise<string> {
  const look = await openssl("s_client", "-connect", sites(stage), "-servername", name);
  return /subject=(.*)/.exec(look)?.[1] ?? "nothing";
}

function say(line: string): void {
  console.log(line);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.stack : thrown);
    process.exitCode = 1;
  },
);
