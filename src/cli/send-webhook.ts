import { readFileSync } from "node:fs";
import { type RequestOptions, request as requestHttps } from "node:https";
import { CodedError } from "../errors.ts";
import { request as requestHttp } from "../node-http.ts";
import type { Settings } from "../settings.ts";
import type { Invocation } from "./arguments.ts";

const timeout = 10_000;

/**
 * Delivers one webhook to the agent of these settings, as the CA would: over the network, with the parameters in the
 * query (or, with `--post`, in a form). It comes from this server's own address, so the agent takes it only when
 * `webhook.allowedSources` has that.
 */
export async function sendWebhook(
  invocation: Invocation,
  settings: Settings,
): Promise<{ status: number; body: string }> {
  const parameters = new URLSearchParams();
  for (const [option, name] of [
    ["request-id", "RequestId"],
    ["status", "Status"],
    ["state", "State"],
    ["domain", "Domain"],
  ] as const) {
    const text = invocation.text(option);
    if (text !== null) parameters.set(name, text);
    else if (name === "RequestId" || name === "Status") {
      throw new CodedError("usage", { detail: `--${option} is missing` });
    }
  }
  const given = invocation.text("url");
  const url = new URL(given ?? ownAddress(settings));
  const post = invocation.flag("post");
  if (!post) url.search = parameters.toString();
  const options: RequestOptions = {
    method: post ? "POST" : "GET",
    timeout,
    ...(post ? { headers: { "content-type": "application/x-www-form-urlencoded" } } : {}),
    // The listener's certificate carries the server's name, not the loopback address: it is recognised as such.
    ...(given === null && settings.webhook.certificateFile !== null
      ? { ca: readFileSync(settings.webhook.certificateFile), checkServerIdentity: () => undefined }
      : {}),
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const call = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8").trim() }),
      );
    });
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", (cause) =>
      reject(new CodedError("agent-unreachable", { cause, detail: cause.message })),
    );
    call.end(post ? parameters.toString() : undefined);
  });
}

function ownAddress({ webhook }: Settings): string {
  const [listen = "0.0.0.0:9770"] = webhook.listen;
  const address = listen.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
  const token = webhook.tokenFile === null ? "" : `/${readFileSync(webhook.tokenFile, "utf8").trim()}`;
  return `${webhook.tls ? "https" : "http"}://${address}${webhook.path}${token}`;
}
