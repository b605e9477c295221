import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { FakeCaOptions } from "./fake-ca.ts";
import { startFakeCa } from "./fake-ca.ts";

/** What the settings file may hold, JSON: every option but the ones only code can give. */
type Settings = Omit<FakeCaOptions, "now" | "after" | "port" | "products">;

const usage = "usage: node main.ts --dir DIRECTORY [--port PORT] [--settings FILE]";

/** A person waits for this CA, so it looks around by itself, unlike in tests. */
const usualPollMs = 2000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { dir: { type: "string" }, port: { type: "string" }, settings: { type: "string" } },
  });
  if (values.dir === undefined) {
    console.error(usage);
    return 2;
  }
  const settings: Settings =
    values.settings === undefined ? {} : JSON.parse(readFileSync(values.settings, "utf8"));
  const credentials = settings.credentials ?? {
    userName: "account@example.nl",
    password: randomBytes(18).toString("base64url"),
  };
  const ca = await startFakeCa({
    pollMs: usualPollMs,
    ...settings,
    credentials,
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
  });
  mkdirSync(values.dir, { recursive: true });
  const write = (name: string, text: string, mode = 0o644): string => {
    const path = join(values.dir ?? "", name);
    writeFileSync(path, text, { mode });
    return path;
  };
  const description = {
    url: ca.url,
    controlUrl: ca.controlUrl,
    userName: credentials.userName,
    passwordFile: write("ca-password", `${credentials.password}\n`, 0o600),
    trustFile: write("api-root.pem", ca.tlsRootPem),
    rootFile: write("root.pem", ca.rootPem),
    intermediateFile: write("intermediate.pem", ca.intermediatePem),
  };
  write("ca.json", `${JSON.stringify(description, null, 2)}\n`);
  console.log(JSON.stringify({ ready: true, ...description }));
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  await ca.stop();
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (cause: unknown) => {
    console.error(cause instanceof Error ? cause.message : cause);
    process.exitCode = 1;
  },
);
