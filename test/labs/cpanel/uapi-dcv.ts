import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { dirname, join } from "node:path";
import { ownVhost } from "./ssl-install.ts";
import type { UapiCall, UapiModule } from "./uapi-call.ts";

/** `DCV` (spec §4.11): a trial file, fetched over the real web server. */
export const dcvFunctions: UapiModule = {
  check_domains_via_http: { run: checkViaHttp },
  check_domains_via_dns: { run: checkViaDns },
};

const requestMs = 5000;

async function checkViaHttp(call: UapiCall): Promise<unknown> {
  call.args.required("domain");
  const results = [];
  for (const domain of call.args.all("domain")) results.push(await checkOne(call, domain));
  return results;
}

async function checkOne(call: UapiCall, domain: string): Promise<Record<string, unknown>> {
  const { state, account, args } = call;
  const folder = args.get("dcv_file_relative_path") ?? ".well-known/pki-validation";
  const length = Number(args.get("dcv_file_random_character_count") ?? 16);
  const name = `${randomBytes(64).toString("hex").slice(0, length)}.${args.get("dcv_file_extension") ?? "txt"}`;
  const root = state.files.path(ownVhost(state, account, domain).documentRoot);
  const path = join(root, folder, name);
  const content = randomBytes(16).toString("hex");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  try {
    const answer = await fetchPage(state.address, state.httpPort, domain, `/${folder}/${name}`);
    if (answer.location !== undefined) {
      return {
        failure_reason: `The redirect to “${answer.location}” was not followed.`,
        redirects: [answer.location],
        redirects_count: 1,
      };
    }
    const good = answer.status === 200 && answer.text === content;
    const problem = `The content of “http://${domain}/${folder}/${name}” (HTTP ${answer.status}) is not what was written.`;
    return { failure_reason: good ? null : problem, redirects: [], redirects_count: 0 };
  } catch (cause) {
    return {
      failure_reason: cause instanceof Error ? cause.message : String(cause),
      redirects: [],
      redirects_count: 0,
    };
  } finally {
    rmSync(path, { force: true });
  }
}

function fetchPage(
  host: string,
  port: number,
  name: string,
  path: string,
): Promise<{ status: number; location: string | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host, port, path, headers: { host: name }, agent: false, timeout: requestMs },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, location: response.headers.location, text }),
        );
        response.on("error", reject);
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("The request took too long.")));
    sent.on("error", reject);
    sent.end();
  });
}

function checkViaDns({ state, args }: UapiCall): unknown {
  args.required("domain");
  return args.all("domain").map((domain) => {
    const zone = state.zones.zoneOf(domain);
    const local = zone !== undefined && !state.zones.isElsewhere(zone);
    return {
      failure_reason: local ? null : `“${domain}” is not served by this server’s DNS.`,
      succeeded: local ? 1 : 0,
    };
  });
}
