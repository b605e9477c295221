import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";
import { type CertificateBundle, pemBundle } from "../../src/model/certificate.ts";
import { isRunning, ownMark } from "./own-process.ts";

/** What the panel's command reads a certificate from. */
export interface KeyFiles {
  readonly key: string;
  readonly certificate: string;
  readonly chain: string;
}

/**
 * Key and certificate for the panel's command, which takes them as files only (spec plesk §3.2): in a folder in memory
 * that nobody but root can enter, gone as soon as the command has ended. What a killed process left is cleared away by
 * the next one.
 */
export class KeyFolder {
  private readonly folder: string;
  private readonly own: string;
  private turn = 0;

  constructor(rootDir: string) {
    this.folder = join(rootDir, "run/xolphin-ssl-keys");
    this.own = join(this.folder, ownMark());
  }

  /** Takes away what processes left that run no more. */
  clear(): void {
    if (!isPrivate(this.folder)) return;
    for (const name of readdirSync(this.folder)) {
      if (!isRunning(name)) rmSync(join(this.folder, name), { recursive: true, force: true });
    }
  }

  async with<T>(bundle: CertificateBundle, use: (files: KeyFiles) => Promise<T>): Promise<T> {
    makePrivate(this.folder);
    makePrivate(this.own);
    this.turn += 1;
    const place = (name: string): string => join(this.own, `${this.turn}-${name}.pem`);
    const files = { key: place("key"), certificate: place("certificate"), chain: place("chain") };
    try {
      write(files.key, bundle.key.reveal());
      write(files.certificate, bundle.leaf.pem);
      write(files.chain, pemBundle(bundle.chain));
      return await use(files);
    } finally {
      for (const path of Object.values(files)) rmSync(path, { force: true });
    }
  }
}

function write(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o600, flag: "wx" });
}

/** Refuses a folder that another user made or may enter: who owns the folder could read the key. */
function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isPrivate(folder)) throw new CodedError("panel-fault", { detail: `${folder} is not private` });
}

function isPrivate(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}
