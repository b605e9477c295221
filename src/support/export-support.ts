import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import type { Settings } from "../settings.ts";
import { places } from "../setup/places.ts";
import { runCommand, tryCommand } from "../setup/system-command.ts";
import { createRedactor } from "./redact.ts";

export interface SupportFacts {
  readonly version: string;
  readonly configFile: string;
  /** Null when the configuration has faults; the archive is made all the same. */
  readonly settings: Settings | null;
  /** What the service says of itself, by name; a text instead where it could not be asked. */
  readonly reports: Readonly<Record<string, unknown>>;
}

const journalLines = "5000";
const units = "xolphin-ssl*";
const shown =
  "--property=Id,ActiveState,SubState,Result,NRestarts,ExecMainStatus,MemoryCurrent,ActiveEnterTimestamp";

/**
 * Writes an archive for whoever helps: what the service and its units say, the configuration and the log. Everything in it
 * has gone through the redactor; keys, the store and the panel's files are not even read. Returns where it lies.
 */
export async function exportSupport(out: string, facts: SupportFacts): Promise<string> {
  const redact = createRedactor(knownSecrets(facts.settings));
  const target = resolve(out);
  // In memory and for root alone: a folder of the state belongs to the service, and /tmp to everybody.
  const folder = mkdtempSync("/run/xolphin-ssl-support-");
  try {
    const put = (name: string, text: string): void =>
      writeFileSync(join(folder, name), redact(text), { mode: 0o600 });
    put("version.txt", `${facts.version}\nnode ${process.version}\n`);
    for (const [name, report] of Object.entries(facts.reports)) {
      put(`${name}.json`, `${JSON.stringify(report, null, 1)}\n`);
    }
    put("config.yaml", readOrNote(facts.configFile));
    put("units.txt", await said("systemctl", ["show", "--no-pager", shown, units]));
    put(
      "journal.txt",
      await said("journalctl", [
        "--no-pager",
        "--output=short-iso",
        "--lines",
        journalLines,
        "--unit",
        units,
      ]),
    );
    if (facts.settings?.log.file !== null && facts.settings !== null) {
      put("log.txt", readOrNote(facts.settings.log.file));
    }
    put(
      "system.txt",
      [
        readOrNote("/etc/os-release"),
        await said("uname", ["-srm"]),
        await said("df", ["-h", places.state]),
      ].join("\n"),
    );
    writeFileSync(target, "", { mode: 0o600 });
    chmodSync(target, 0o600);
    await runCommand("tar", ["-czf", target, "-C", folder, ...readdirSync(folder)]);
    return target;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What must not appear even where nothing in its surroundings gives it away. */
function knownSecrets(settings: Settings | null): string[] {
  const files = [
    settings?.ca.passwordFile ?? places.caPassword,
    settings?.webhook.tokenFile ?? places.token,
    settings?.panel.credentialFile ?? null,
    settings?.fleet.credentialFile ?? null,
  ];
  return files.flatMap((file) => {
    if (file === null || !existsSync(file)) return [];
    const text = readFileSync(file, "utf8").trim();
    // A credential may be `user:secret`.
    return text === "" ? [] : [text, text.slice(text.indexOf(":") + 1)];
  });
}

async function said(program: string, args: readonly string[]): Promise<string> {
  const { out, err } = await tryCommand(program, args);
  return out + err;
}

function readOrNote(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    return `${path} can't be read: ${(thrown as Error).message}\n`;
  }
}
