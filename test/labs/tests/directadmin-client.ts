import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DirectAdminLab, DirectAdminLabOptions } from "../directadmin/directadmin-lab.ts";
import { startDirectAdminLab } from "../directadmin/directadmin-lab.ts";
import { type Answer, readAnswer } from "./site-visitor.ts";

export { fetchPage, shownCertificate } from "./site-visitor.ts";

const run = promisify(execFile);

export interface PanelAnswer extends Answer {
  /** The urlencoded line of a legacy command. */
  form(): URLSearchParams;
}

export interface PanelRequest {
  /** `name:secret`. */
  auth?: string;
  method?: string;
  headers?: Record<string, string>;
  form?: Record<string, string>;
  json?: unknown;
  body?: Buffer | string;
}

/** A lab in a folder of its own unless one is given; the folder goes with it. */
export async function freshLab(
  options: Partial<DirectAdminLabOptions> = {},
): Promise<{ lab: DirectAdminLab; remove(): Promise<void> }> {
  const rootDir = options.rootDir ?? mkdtempSync(join(tmpdir(), "directadmin-"));
  const lab = await startDirectAdminLab({ ...options, rootDir });
  return {
    lab,
    async remove() {
      await lab.stop();
      rmSync(rootDir, { recursive: true, force: true });
    },
  };
}

/** A call of the panel: connected to its address, verified by its name, as a careful client does. */
export function callPanel(
  lab: DirectAdminLab,
  path: string,
  options: PanelRequest = {},
): Promise<PanelAnswer> {
  const [body, type] = bodyOf(options);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: lab.address,
        port: lab.port,
        servername: lab.hostName,
        ca: lab.panelCaPem,
        agent: false,
        path,
        method: options.method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          host: `${lab.hostName}:${lab.port}`,
          ...(type === undefined ? {} : { "content-type": type }),
          ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
          ...options.headers,
        },
        ...(options.auth === undefined ? {} : { auth: options.auth }),
      },
      (response) => resolve(readPanelAnswer(response)),
    );
    request.on("error", reject);
    request.end(body);
  });
}

function bodyOf(options: PanelRequest): [Buffer | string | undefined, string | undefined] {
  if (options.form !== undefined) {
    return [new URLSearchParams(options.form).toString(), "application/x-www-form-urlencoded"];
  }
  if (options.json !== undefined) return [JSON.stringify(options.json), "application/json"];
  return [options.body, undefined];
}

async function readPanelAnswer(response: IncomingMessage): Promise<PanelAnswer> {
  const answer = await readAnswer(response);
  return { ...answer, form: () => new URLSearchParams(answer.text.trim()) };
}

/** Runs `directadmin …` with nothing but a path in its environment. */
export async function runCommand(
  lab: DirectAdminLab,
  ...words: string[]
): Promise<{ stdout: string; code: number }> {
  const program = join(lab.rootDir, "usr/local/directadmin/directadmin");
  try {
    const { stdout } = await run(program, words, { env: { PATH: "/usr/bin:/bin" } });
    return { stdout, code: 0 };
  } catch (cause) {
    return { stdout: "", code: (cause as { code: number }).code };
  }
}

/** Polls until it holds; fails after five seconds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 5000;
  while (Date.now() < end) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("It did not come about in five seconds.");
}
