import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { CodedError } from "../../src/errors.ts";
import type { HostName } from "../../src/model/host-name.ts";
import type { PanelFiles } from "./files.ts";

/**
 * Which names are kept from AutoSSL on our word, because the panel does not say who excluded a name. `uninstall.sh` gives
 * them back: without us nobody renews what is on them (spec cpanel §5.5). What the account itself excluded is never in
 * here. One line for each account, `ACCOUNT NAME,NAME…`, in a file that only root reads and writes.
 */
export class OwnExclusions {
  private readonly file: string;

  constructor(files: PanelFiles) {
    this.file = files.ownExclusions;
  }

  /** Before the panel is told: what a crash leaves in the list is taken back once too often rather than never. */
  add(account: string, names: readonly HostName[]): void {
    this.change(names, (others) => others.set(account, [...(others.get(account) ?? []), ...names]));
  }

  /** After the panel was told. */
  remove(names: readonly HostName[]): void {
    this.change(names, (others) => others);
  }

  /** A name belongs to one account; one that was renamed since may still have it under its old name. */
  private change(
    names: readonly HostName[],
    put: (others: Map<string, readonly string[]>) => Map<string, readonly string[]>,
  ): void {
    try {
      const known = readLines(this.file);
      const others = known.map(([account, own]): [string, string[]] => [
        account,
        own.filter((one) => !names.some((name) => name === one)),
      ]);
      const all = [...put(new Map(others))].filter(([, own]) => own.length > 0);
      if (all.length === 0 && known.length === 0) return;
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o755 });
      const draft = openSync(`${this.file}.new`, "w", 0o600);
      try {
        writeFileSync(draft, all.map(([user, own]) => `${user} ${own.join(",")}\n`).join(""));
        fsyncSync(draft);
      } finally {
        closeSync(draft);
      }
      renameSync(`${this.file}.new`, this.file);
    } catch (cause) {
      throw new CodedError("panel-fault", { cause, detail: `${this.file} can't be written` });
    }
  }
}

function readLines(file: string): [string, string[]][] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
  return text.split("\n").flatMap((line): [string, string[]][] => {
    const [account, names = ""] = line.split(" ");
    return account === undefined || names === "" ? [] : [[account, names.split(",")]];
  });
}
