import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Machine } from "../labs/machine/machine.ts";
import { startCaOn } from "./ca-on-server.ts";
import { eventually } from "./eventually.ts";
import { command } from "./lab-process.ts";
import type { Walk } from "./walk-menus.ts";

/* What README.md tells an administrator to type and to click, taken from there and done on a server: it can't say what does not work. */

const root = join(import.meta.dirname, "../..");

export type Section = "cPanel & WHM" | "DirectAdmin" | "Plesk" | "Afterwards, on every panel";

function textOf(section: Section): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, text = ""] = readme.split(`\n### ${section}\n`);
  return text.split(/\n##/)[0] ?? "";
}

/** The blocks of one section under "Installation", in order. */
export function blocksOf(section: Section, language = "sh"): string[] {
  const own = textOf(section);
  const fence = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, "gm");
  return [...own.matchAll(fence)].map(([, indent = "", block = ""]) =>
    block.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
}

/** The menus that a section names, in order: whatever is in bold print, its parts with » between them. */
export function menusOf(section: Section): string[][] {
  return [...textOf(section).matchAll(/\*\*([^*]+)\*\*/g)].map(([, menu = ""]) => menu.split(" » "));
}

/** What no other page says than the settings of a new server. */
export const addressWanted = "Give Xolphin this address for webhooks";

/**
 * Clicks one of these menus in a browser on the server, by the very words, and does there what the walk says. Returns what
 * the page says at the end.
 */
export async function click(
  machine: Machine,
  who: { readonly panel: "cpanel" | "directadmin" | "plesk"; readonly password: string },
  section: Section,
  menu: number,
  walk: Omit<Walk, "path">,
): Promise<string> {
  const path = menusOf(section)[menu];
  if (path === undefined) throw new Error(`README.md has no menu ${menu} under ${section}`);
  const program = ["node_modules/.bin/node", "test/package/walk-menus.ts"].map((file) => join(root, file));
  const input = JSON.stringify({ ...who, walk: { path, ...walk } });
  const { status, out, err } = await machine.run(program, { input });
  if (status !== 0) throw new Error(`${path.join(" » ")}: ${err}`);
  return out;
}

/** Types one block in root's own folder, line by line as it stands there. */
export function type(machine: Machine, section: Section, block: number, version = ""): Promise<string> {
  const text = blocksOf(section)[block];
  if (text === undefined) throw new Error(`README.md has no block ${block} under ${section}`);
  return command(machine, "sh", "-ec", `cd /root\n${text.replaceAll("VERSION", version)}`);
}

/**
 * What comes after installing on every panel, with the CA lab as Xolphin: the account and the rest without a person, `setup` once
 * more, the self-test, and the archive for help.
 */
export async function takeAfterwards(machine: Machine): Promise<void> {
  const section = "Afterwards, on every panel";
  const ca = await startCaOn(machine, "127.0.0.1:53", "/etc/xolphin-ssl/host-certificate.pem");
  const [example = ""] = blocksOf(section, "yaml");
  const answers = parse(
    example.replace("YOUR-PASSWORD", ca.password).replace("YOUR-ACCOUNT", ca.userName),
  ) as { settings: { ca: object } };
  // What differs between this server and one on the internet.
  answers.settings = {
    ...answers.settings,
    ...{ webhook: { allowedSources: ["127.0.0.1"] }, verify: { address: "127.0.0.1" } },
    ca: { ...answers.settings.ca, baseUrl: ca.url, trustFile: ca.trustFile },
  };
  writeFileSync(join(machine.root, "root/answers.yaml"), JSON.stringify(answers));
  const [tested, answered, purge, help] = [0, 1, 2, 3];
  expect(await type(machine, section, answered)).toMatch(
    /https:\/\/server\.lab\.test:9770\/webhook\/<the token in \/etc\/xolphin-ssl\/webhook-token>/,
  );
  await eventually(async () => {
    const said = await type(machine, section, tested);
    expect(said).toMatch(/https:\/\/server\.lab\.test:9770\/webhook/);
    expect(said).toMatch(/^ok +Version: .*, in the panel as well/m);
    expect(said).not.toMatch(/^BAD/m);
  }, 60_000);
  expect(await type(machine, section, help)).toMatch(
    /xolphin-ssl-support\.tar\.gz[\s\S]*^xolphin_ssl_info\{/m,
  );
  await expect(type(machine, section, purge)).rejects.toThrow(/--purge destroys .*private keys.*--yes/);
}
