import { readFileSync, statSync } from "node:fs";
import type { Server as HttpsServer } from "node:https";
import type { Clock } from "../clock.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";

const certificateCheck = 10_000;

export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Certificate and key as files that may be renewed at any time; looked at again when somebody connects. */
export class WatchedCertificate {
  private readonly files: CertificateFiles;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly servers: HttpsServer[] = [];
  private stamp = "";
  private checkedAt = 0;

  constructor(files: CertificateFiles, clock: Clock, log: Log) {
    this.files = files;
    this.clock = clock;
    this.log = log;
  }

  read(): { cert: string; key: string } {
    const { certificateFile, keyFile } = this.files;
    try {
      // Before the files: what is replaced while they are read has another stamp and is read again.
      this.stamp = this.readStamp();
      const pair = { cert: readFileSync(certificateFile, "utf8"), key: readFileSync(keyFile, "utf8") };
      this.checkedAt = this.clock.monotonic();
      return pair;
    } catch (cause) {
      const detail = `webhook certificate ${certificateFile} or ${keyFile} can't be read`;
      throw new CodedError("settings-invalid", { cause, detail });
    }
  }

  attach(server: HttpsServer): void {
    this.servers.push(server);
    server.on("connection", () => this.check());
  }

  reload(): void {
    try {
      const pair = this.read();
      for (const server of this.servers) server.setSecureContext({ ...pair, minVersion: "TLSv1.2" });
      this.log.info("the webhook certificate was read again");
    } catch (thrown) {
      this.log.error("the new webhook certificate can't be used; the old one stays", {
        error: asCodedError(thrown),
      });
    }
  }

  private check(): void {
    if (this.clock.monotonic() - this.checkedAt < certificateCheck) return;
    this.checkedAt = this.clock.monotonic();
    if (this.readStamp() !== this.stamp) this.reload();
  }

  private readStamp(): string {
    return [this.files.certificateFile, this.files.keyFile]
      .map((file) => statSync(file, { throwIfNoEntry: false }))
      .map((found) => `${found?.mtimeMs} ${found?.size} ${found?.ino}`)
      .join();
  }
}
