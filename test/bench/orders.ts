import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Agent, fetch } from "undici";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import { callOperation } from "../../src/control/control-client.ts";
import type { DemoStage } from "../demo/demo-stage.ts";
import { account } from "../demo/servers/demo-server.ts";
import { runDirOf } from "../demo/stage-settings.ts";

const run = promisify(execFile);
const patience = 600_000;

/** An order of the agent's, as its command places it. */
export function order(stage: DemoStage, name: string): Promise<RequestReport> {
  const wish = { account, names: [name], product: "EssentialSSL", years: 1, dcv: "dns", approver: null };
  return operation(stage, "order", { ...wish, key: "ec-p256" }) as Promise<RequestReport>;
}

/** An order that no agent knows of: its key goes to `folder/key.pem`. Returns its number at the CA. */
export async function orderBare({ ca }: DemoStage, name: string, folder: string): Promise<number> {
  const request = join(folder, "request.pem");
  await run("openssl", [
    ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-keyout", join(folder, "key.pem"), "-out", request, "-subj", `/CN=${name}`],
  ]);
  const product = 90;
  const form = new FormData();
  for (const [field, value] of Object.entries({
    product: String(product),
    years: "1",
    csr: readFileSync(request, "utf8"),
    dcvType: "DNS",
  })) {
    form.set(field, value);
  }
  const encoded = new Response(form);
  const dispatcher = new Agent({ connect: { ca: ca.tlsRootPem } });
  const { userName, password } = ca.credentials;
  const answer = await fetch(`${ca.url}requests`, {
    dispatcher,
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${userName}:${password}`).toString("base64")}`,
      "content-type": encoded.headers.get("content-type") ?? "",
    },
    body: Buffer.from(await encoded.arrayBuffer()),
  });
  const { id } = (await answer.json()) as { id: number };
  await dispatcher.close();
  return id;
}

export async function untilInstalled(stage: DemoStage, reference: string): Promise<RequestReport> {
  const end = performance.now() + patience;
  for (;;) {
    const report = (await operation(stage, "showRequest", reference)) as RequestReport;
    if (report.state === "installed") return report;
    if (performance.now() > end) throw new Error(`it stays ${JSON.stringify(report, null, 1)}`);
    // Asking costs the agent processor time that is not the installation's: seldom.
    await pause(500);
  }
}

/** Lets what is under way come to its end, so that it is not counted as something else's. */
export async function quiet({ ca }: DemoStage): Promise<void> {
  await ca.idle();
  await pause(700);
}

export function operation({ folder, server }: DemoStage, name: string, ...args: unknown[]): Promise<unknown> {
  return callOperation(join(runDirOf(folder, server), "control.sock"), name, args);
}
