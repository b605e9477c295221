import { CodedError } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import type { FileLook } from "../model/preflight.ts";
import { request } from "../node-http.ts";

export interface ValidationFile {
  readonly host: HostName;
  readonly path: string;
  readonly content: string;
}

const timeout = 5_000;
const maxBody = 16_384;

/**
 * Fetches a validation file from one address, as the CA will over plain HTTP. True when it is there byte for byte (a
 * closing line break aside), false when it is not there yet. Throws `dcv-file-blocked` when something stands in its
 * place: a redirect, a login, another page. Redirects are not followed: we only ever connect to the given address.
 */
export async function fileVisible(file: ValidationFile, address: string, port: number): Promise<boolean> {
  const answer = await fetchFile(file, address, port);
  if (answer === null || answer.status === 404) return false;
  if (answer.status !== 200) {
    const where = answer.location === null ? "" : ` to ${answer.location.slice(0, 200)}`;
    throw new CodedError("dcv-file-blocked", { detail: `${file.host} answers ${answer.status}${where}` });
  }
  if (answer.body.trimEnd() === file.content.trimEnd()) return true;
  throw new CodedError("dcv-file-blocked", { detail: `${file.host} serves something else at that address` });
}

/** A file that nobody has put there: whatever answers in its place would answer for the real one as well. */
const probePath = "/.well-known/pki-validation/xolphin-ssl-preflight.txt";

/** What a name answers on one address where its validation file will be. */
export async function lookForFile(host: HostName, address: string, port: number): Promise<FileLook> {
  const answer = await fetchFile({ host, path: probePath }, address, port);
  if (answer === null) return { kind: "silent" };
  const { status, location } = answer;
  if (status >= 300 && status < 400) {
    // To the same name over HTTPS, with the path kept, the CA follows (spec xolphin-api §9.3).
    const kept = `https://${host}${probePath}`;
    return location === kept ? { kind: "free" } : { kind: "redirect", to: (location ?? "?").slice(0, 200) };
  }
  return status === 404 || status === 410 ? { kind: "free" } : { kind: "blocked", status };
}

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
}

function fetchFile(
  file: Pick<ValidationFile, "host" | "path">,
  address: string,
  port: number,
): Promise<Answer | null> {
  return new Promise((resolve) => {
    const call = request(
      {
        host: address,
        port,
        path: file.path,
        timeout,
        headers: { host: file.host, connection: "close" },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size <= maxBody) chunks.push(chunk);
          else response.destroy();
        });
        response.on("close", () =>
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location ?? null,
            body: Buffer.concat(chunks).toString("latin1"),
          }),
        );
      },
    );
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(null));
    call.end();
  });
}
