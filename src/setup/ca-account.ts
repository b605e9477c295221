import { z } from "zod";
import { crashPoint } from "../crash-point.ts";
import { CodedError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { changeConfig } from "./config-text.ts";
import { serviceUser } from "./places.ts";
import { readOrNull, writeRootFile } from "./root-files.ts";
import { groupId } from "./service-account.ts";

/** Xolphin's own addresses; anything else can only be written into the configuration by root. */
export const caAddresses = {
  live: "https://api.xolphin.com/v1/",
  test: "https://test-api.xolphin.com/v1/",
} as const;

/** The answer to the question for the account at Xolphin. */
export interface CaAccount {
  readonly username: string;
  readonly password: Secret;
  /** Null: the address stays what it is. */
  readonly address: keyof typeof caAddresses | null;
}

export const caUsername = z.string().regex(/^[^:\u0000-\u001f\u007f]{1,256}$/);
export const caPassword = z.string().regex(/^[^\u0000-\u001f\u007f]{1,256}$/);

/**
 * Writes user name and address into the configuration and the password into the file it names. Both lie in root's folder;
 * the service's group may read them. Throws `setup-failed`.
 */
export function saveCaAccount(configFile: string, passwordFile: string, account: CaAccount): void {
  const gid = groupId(serviceUser) ?? 0;
  const old = readOrNull(configFile);
  if (old === null) throw new CodedError("setup-failed", { detail: `${configFile} is missing` });
  const changes = [{ keys: ["ca", "username"], value: account.username }];
  if (account.address !== null) {
    changes.push({ keys: ["ca", "baseUrl"], value: caAddresses[account.address] });
  }
  writeRootFile(passwordFile, `${account.password.reveal()}\n`, { mode: 0o640, gid });
  crashPoint("X-41");
  writeRootFile(configFile, changeConfig(old.toString("utf8"), changes), { mode: 0o640, gid });
  crashPoint("X-41");
}
