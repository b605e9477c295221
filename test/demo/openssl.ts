import { spawn } from "node:child_process";

/** SHA-256 of the first certificate in a text, lower-case hex; empty when there is none. */
export async function fingerprint(text: string): Promise<string> {
  const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(text)?.[0] ?? "";
  const printed = await openssl("x509", "-noout", "-fingerprint", "-sha256", { input: `${pem}\n` });
  return (/=([0-9A-F:]+)/.exec(printed)?.[1] ?? "").replaceAll(":", "").toLowerCase();
}

/** What `openssl` says to these arguments, both outputs in one. */
export function openssl(...args: (string | { input: string })[]): Promise<string> {
  const input = args.find((arg) => typeof arg === "object")?.input ?? "";
  const child = spawn(
    "openssl",
    args.filter((arg) => typeof arg === "string"),
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  let out = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8");
    });
  }
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", () => resolve(out)));
}
