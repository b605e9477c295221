import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

const entry = z.object({ name: z.string(), fingerprint: z.string() });
const entries = z.record(z.string(), entry);
/** More websites than a server of this kind has. */
const most = 20_000;

/**
 * Which certificate of somebody else a website had before ours, by the number of the website. Taking our certificate back
 * then means assigning that one again under its own name, so that whoever renews it goes on doing so; a copy under our
 * name would not be renewed (spec plesk §3.6). Only a hint: what is assigned is read back and compared.
 */
export class ReplacedNames {
  private readonly file: string;

  constructor(rootDir: string) {
    this.file = join(rootDir, "var/lib/xolphin-ssl-executor/replaced-names.json");
  }

  /** The name of the certificate with this fingerprint that the website had; null when that is not known. */
  nameOf(site: number, fingerprint: string): string | null {
    const found = this.read()[String(site)];
    return found?.fingerprint === fingerprint ? found.name : null;
  }

  remember(site: number, name: string, fingerprint: string): void {
    const known = Object.entries(this.read()).filter(([id]) => id !== String(site));
    const kept = [...known.slice(1 - most), [String(site), { name, fingerprint }]];
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.file}.new`, JSON.stringify(Object.fromEntries(kept)), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }

  private read(): z.output<typeof entries> {
    try {
      return entries.parse(JSON.parse(readFileSync(this.file, "utf8")));
    } catch {
      // Never written, or not readable any more: then nothing is remembered.
      return {};
    }
  }
}
