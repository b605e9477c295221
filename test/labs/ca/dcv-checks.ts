import { Resolver } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { isIP } from "node:net";
import type { DcvValues } from "./dcv-values.ts";
import { authorisationDomains, withoutWildcard } from "./host-names.ts";

/** Where a web server for a host name is reached; `httpsPort` only for a redirect to HTTPS on the same name. */
export interface WebAddress {
  address: string;
  port: number;
  httpsPort?: number;
}

export interface OutsideWorld {
  /** `address:port`; empty means that nothing can be looked up. */
  dnsServers: readonly string[];
  /** Undefined: the name does not lead to a web server. */
  resolveWebAddress(hostName: string): Promise<WebAddress | undefined>;
  /** Ends every look-up under way. */
  signal: AbortSignal;
}

export type Finding = { found: true } | { found: false; reason: string };

const webTimeoutMs = 3000;
const mostRedirects = 5;
const mostFileBytes = 4096;

/** Looks for the record at the name and at its parents, nearest first (spec §9.2). */
export async function checkDns(name: string, values: DcvValues, world: OutsideWorld): Promise<Finding> {
  using asking = askNameServers(world);
  const resolver = asking?.resolver;
  if (resolver === undefined) return { found: false, reason: "no name server" };
  const { owner, type, value } = values.dns;
  const bare = withoutWildcard(name);
  const prefix = owner.slice(0, owner.length - bare.length);
  let seen: string | undefined;
  for (const domain of authorisationDomains(bare)) {
    for (const text of await lookUp(resolver, `${prefix}${domain}`, type)) {
      if (sameValue(type, text, value)) return { found: true };
      seen ??= text;
    }
  }
  return {
    found: false,
    reason: seen === undefined ? "dns record not found" : "dns record has another value",
  };
}

function sameValue(type: "CNAME" | "TXT", seen: string, wanted: string): boolean {
  if (type === "TXT") return seen === wanted;
  return seen.toLowerCase().replace(/\.$/, "") === wanted.toLowerCase();
}

async function lookUp(resolver: Resolver, name: string, type: "CNAME" | "TXT"): Promise<string[]> {
  try {
    if (type === "CNAME") return await resolver.resolveCname(name);
    return (await resolver.resolveTxt(name)).map((strings) => strings.join(""));
  } catch {
    return [];
  }
}

/**
 * RFC 8659: the nearest CAA set at or above the name decides. A name server that fails forbids issuing; one that
 * does not know the zone does not, since a lab serves only the zones it cares for.
 */
export async function checkCaa(
  name: string,
  issuerDomains: readonly string[],
  world: OutsideWorld,
): Promise<Finding> {
  using asking = askNameServers(world);
  const resolver = asking?.resolver;
  if (resolver === undefined) return { found: true };
  const wildcard = name.startsWith("*.");
  for (const domain of authorisationDomains(name)) {
    try {
      const records = await resolver.resolveCaa(domain);
      const wild = records.filter((record) => record.issuewild !== undefined);
      const plain = records.filter((record) => record.issue !== undefined);
      const allowed =
        wildcard && wild.length > 0
          ? wild.map((record) => record.issuewild)
          : plain.map((record) => record.issue);
      if (allowed.length === 0 && records.length > 0) return { found: true };
      if (allowed.some((value) => issuerDomains.includes((value ?? "").split(";")[0]?.trim() ?? ""))) {
        return { found: true };
      }
      if (records.length > 0) return { found: false, reason: "caa record forbids issuing" };
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (code === "ESERVFAIL" || code === "ETIMEOUT") return { found: false, reason: "caa lookup failed" };
    }
  }
  return { found: true };
}

/** For one look-up. Let go of afterwards: the signal lives as long as the CA, and would keep every resolver as long. */
function askNameServers({
  dnsServers,
  signal,
}: Pick<OutsideWorld, "dnsServers" | "signal">): (Disposable & { readonly resolver: Resolver }) | undefined {
  if (dnsServers.length === 0) return undefined;
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  resolver.setServers([...dnsServers]);
  return { resolver, [Symbol.dispose]: () => signal.removeEventListener("abort", cancel) };
}

/** A resolver of web addresses that asks the name servers, IPv4 first. */
export async function lookUpWebAddress(
  hostName: string,
  world: Pick<OutsideWorld, "dnsServers" | "signal">,
  ports: { http: number; https: number },
): Promise<WebAddress | undefined> {
  using asking = askNameServers(world);
  const resolver = asking?.resolver;
  if (resolver === undefined) return undefined;
  const addresses = await resolver
    .resolve4(hostName)
    .catch(() => resolver.resolve6(hostName))
    .catch(() => []);
  const address = addresses[0];
  return address === undefined ? undefined : { address, port: ports.http, httpsPort: ports.https };
}

/** Fetches the file from the name itself, over port 80, following redirects on that name only (spec §9.3). */
export async function checkFile(name: string, values: DcvValues, world: OutsideWorld): Promise<Finding> {
  let url = new URL(`http://${name}${values.file.path}`);
  for (let hop = 0; hop <= mostRedirects; hop += 1) {
    const target = await world.resolveWebAddress(url.hostname);
    if (target === undefined) return { found: false, reason: "host not found" };
    let reply: FileReply;
    try {
      reply = await fetchFile(url, target, world.signal);
    } catch {
      return { found: false, reason: "no answer from the web server" };
    }
    if (reply.location === undefined) return judgeFile(reply, values.file.content);
    const next = URL.parse(reply.location, url.href);
    if (next === null || next.hostname !== name || !["http:", "https:"].includes(next.protocol)) {
      return { found: false, reason: "redirected to another host" };
    }
    url = next;
  }
  return { found: false, reason: "too many redirects" };
}

function judgeFile(reply: FileReply, wanted: string): Finding {
  if (reply.status !== 200) return { found: false, reason: `web server answered ${reply.status}` };
  const lines = reply.text.replace(/\s+$/, "").split(/\r?\n/);
  const expected = wanted.split("\n");
  const same = lines.length === expected.length && lines.every((line, index) => line === expected[index]);
  return same ? { found: true } : { found: false, reason: "file has another content" };
}

interface FileReply {
  status: number;
  location: string | undefined;
  text: string;
}

function fetchFile(url: URL, target: WebAddress, signal: AbortSignal): Promise<FileReply> {
  const secure = url.protocol === "https:";
  const options = {
    host: target.address,
    port: secure ? (target.httpsPort ?? 443) : target.port,
    path: `${url.pathname}${url.search}`,
    headers: { host: url.host, "user-agent": "Lab CA validation" },
    timeout: webTimeoutMs,
    agent: false as const,
    signal,
  };
  return new Promise((resolve, reject) => {
    const onReply = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > mostFileBytes) request.destroy(new Error("The file is too long."));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        const redirect = status >= 300 && status < 400;
        resolve({
          status,
          location: redirect ? response.headers.location : undefined,
          text: Buffer.concat(chunks).toString("utf8"),
        });
      });
    };
    const request = secure
      ? // A validation fetch proves control of the name, not of a certificate, which may be the one being replaced.
        httpsGet(
          {
            ...options,
            rejectUnauthorized: false,
            ...(isIP(url.hostname) ? {} : { servername: url.hostname }),
          },
          onReply,
        )
      : httpGet(options, onReply);
    request.on("timeout", () => request.destroy(new Error("The web server is too slow.")));
    request.on("error", reject);
  });
}
