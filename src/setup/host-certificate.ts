import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { HostCertificate } from "../../panels/panel-factory.ts";
import { CodedError } from "../errors.ts";
import { places, serviceUser } from "./places.ts";
import { writeRootFile } from "./root-files.ts";
import { groupId } from "./service-account.ts";

/**
 * Copies the panel's pair for the host's name to where the service may read it. A pair that does not belong together is a
 * renewal half done: the old copy stays, and the watcher calls again when the other file is written. Says whether
 * anything changed.
 */
export function takeHostCertificate({ certificateFile, keyFile }: HostCertificate): boolean {
  const certificate = readFileSync(certificateFile, "utf8");
  const key = readFileSync(keyFile, "utf8");
  if (!belongTogether(certificate, key)) {
    throw new CodedError("key-mismatch", { detail: `${certificateFile} and ${keyFile}` });
  }
  const owner = { mode: 0o640, gid: groupId(serviceUser) ?? 0 };
  const keyChanged = writeRootFile(places.hostKey, key, owner);
  return writeRootFile(places.hostCertificate, certificate, owner) || keyChanged;
}

function belongTogether(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
