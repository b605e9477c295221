import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

/*
 * Webhooks that the CA never sent (spec reliability T-01, T-02, F-18, §5 row 8): from addresses that are not on the list
 * with every forwarding header, and from an allowed address with a wrong token, another method or something unreadable.
 * Each of them has to be refused and to change nothing.
 */

export interface Target {
  readonly port: number;
  /** The port of the listener on ::1. */
  readonly port6: number;
  readonly token: string;
  /** A request that the store knows: what a forger would like to touch. */
  readonly requestId: number;
}

interface Forgery {
  readonly from: string;
  readonly bytes: string;
  /** What it may be refused with. */
  readonly refusals: readonly number[];
}

/** What came back to forged webhooks. */
export interface ForgedAnswers {
  /** How often each status came back, 0 for none at all. */
  readonly counts: ReadonlyMap<number, number>;
  /** The first words of those that were answered otherwise than they had to be, some of them. */
  readonly astray: readonly string[];
}

/** Every refusal there is for what is forged here. */
const refusals = [400, 403, 404, 405, 415];
/** A stranger's connection beyond the limits for strangers is cut off; nearly none of these comes that far. */
const mostCutOff = 0.01;

const forwarding = [
  "X-Forwarded-For",
  "X-Real-IP",
  "Forwarded",
  "CF-Connecting-IP",
  "True-Client-IP",
  "X-Client-IP",
  "X-Cluster-Client-IP",
  "X-Originating-IP",
  "Client-IP",
  "Via",
];
const allowedByXolphin = ["185.93.12.91", "185.93.12.111", "2a03:8de0:1:1::91", "2a03:8de0:1:1::111"];
const statuses = ["Issued", "Updated&State=DCV", "Updated&State=ReadyForReissue", "Deleted"];

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

const get = (path: string, headers = ""): string =>
  `GET ${path} HTTP/1.1\r\nHost: example.nl\r\n${headers}\r\n`;
const post = (path: string, body: string, headers = ""): string =>
  `POST ${path} HTTP/1.1\r\nHost: example.nl\r\nContent-Type: application/x-www-form-urlencoded\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

/** A stranger who knows the path, the token and the request, and claims to be the CA in every way there is. */
function stranger({ token, requestId }: Target, random: () => number): Forgery {
  const claimed = pick(allowedByXolphin, random);
  const header = pick(forwarding, random);
  const value =
    header === "Forwarded" ? `for="${claimed}"` : pick([claimed, `${claimed}, 127.0.0.1`], random);
  const query = `RequestId=${requestId}&Status=${pick(statuses, random)}`;
  const headers = `${header}: ${value}\r\n`;
  const path = `/webhook/${token}`;
  return {
    from: random() < 0.2 ? "::1" : `127.0.0.${2 + Math.floor(random() * 250)}`,
    bytes: random() < 0.5 ? get(`${path}?${query}`, headers) : post(path, query, headers),
    refusals: [403],
  };
}

/** From the CA's own address, but not what the CA was given: it knows no token. */
function wrongPath({ token, requestId }: Target, random: () => number): Forgery {
  const query = `RequestId=${requestId}&Status=${pick(statuses, random)}`;
  const position = Math.floor(random() * token.length);
  const other = `${token.slice(0, position)}${token[position] === "a" ? "b" : "a"}${token.slice(position + 1)}`;
  const path = pick(
    [
      "/webhook",
      "/webhook/",
      `/webhook/${other}`,
      `/webhook/${token.slice(0, position)}`,
      `/webhook/${token}/`,
      `/webhook/${token}%00`,
      `/WEBHOOK/${token}`,
      `/webhook/./${token}`,
      `//webhook/${token}`,
      `http://example.nl/webhook/${token}`,
      `/webhook?token=${token}`,
    ],
    random,
  );
  const target = `${path}${path.includes("?") ? "&" : "?"}${query}`;
  const bytes = random() < 0.5 ? get(target) : post(path, query);
  return { from: "127.0.0.1", bytes, refusals: [404] };
}

/** With address and token, but nothing that can be read as a webhook. */
function unreadable({ token, requestId }: Target, random: () => number): Forgery {
  const path = `/webhook/${token}`;
  const good = `RequestId=${requestId}&Status=Issued`;
  const bytes = pick(
    [
      get(`${path}?RequestId=${requestId}`),
      get(`${path}?RequestId=0${requestId}&Status=Issued`),
      get(`${path}?RequestId=${requestId}.0&Status=Issued`),
      get(`${path}?RequestId=-1&Status=Issued`),
      get(`${path}?RequestId[]=${requestId}&Status=Issued`),
      get(`${path}?RequestId=${requestId}&requestid=1&Status=Issued`),
      get(`${path}?__proto__[RequestId]=${requestId}&Status=Issued`),
      get(`${path}?RequestId=${requestId}&Status=%0d%0aIssued`),
      get(`${path}?RequestId=${requestId}&Status=%ff`),
      get(`${path}?${good}&Status=Deleted`),
      get(`${path}?${good}`, "Transfer-Encoding: chunked\r\n"),
      get(`${path}?${good}`, "Host: second.nl\r\n"),
      get(`${path}?${good}`, "Upgrade: websocket\r\nConnection: upgrade\r\n"),
      get(`${path}?${good}`, "Content-Length: 1\r\n"),
      post(`${path}?${good}`, good),
      post(path, `{"RequestId":${requestId},"Status":"Issued"}`),
      post(path, good).replace("x-www-form-urlencoded", "json"),
      ...["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"].map((method) =>
        get(`${path}?${good}`).replace("GET", method),
      ),
    ],
    random,
  );
  return { from: "127.0.0.1", bytes, refusals: [400, 405, 415] };
}

/** Sends so many of them, at most 64 at a time. */
export async function forge(target: Target, count: number, random: () => number): Promise<ForgedAnswers> {
  const counts = new Map<number, number>();
  const astray: string[] = [];
  let left = count;
  async function lane(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const kind = random();
      const made = (kind < 0.6 ? stranger : kind < 0.8 ? wrongPath : unreadable)(target, random);
      const status = await send(target, made);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (status !== 0 && !made.refusals.includes(status) && astray.length < 20)
        astray.push(`${status} for ${JSON.stringify(made.bytes.slice(0, 120))} from ${made.from}`);
    }
  }
  await Promise.all(Array.from({ length: 64 }, lane));
  return { counts, astray };
}

/** What is wrong with the answers; nobody who answers nothing at all has refused anything. */
export function faultsOf({ counts, astray }: ForgedAnswers): string[] {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const cutOff = counts.get(0) ?? 0;
  return [
    ...astray,
    ...refusals.filter((status) => !counts.has(status)).map((status) => `none was refused with ${status}`),
    ...(cutOff > mostCutOff * all ? [`${cutOff} of ${all} got no answer`] : []),
  ];
}

async function send({ port, port6 }: Target, { from, bytes }: Forgery): Promise<number> {
  const six = from.includes(":");
  const socket = connect({ host: six ? "::1" : "127.0.0.1", port: six ? port6 : port, localAddress: from });
  let answer = "";
  socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString("latin1");
    // After a method without a body, or when nothing more is to come.
    if (answer.includes("\r\n\r\n")) socket.end();
  });
  socket.on("error", () => undefined);
  socket.write(bytes);
  await once(socket, "close").catch(() => undefined);
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

/**
 * Every file below a folder with the digest of its content and its mode: equal before and after means untouched. Left out is
 * `-shm`, in which SQLite notes who is reading at the moment; it holds no content and is made anew from the log.
 */
export function fingerprintOf(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || entry.name.endsWith("-shm")) continue;
    const path = join(entry.parentPath, entry.name);
    const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
    files[path.slice(folder.length + 1)] = `${digest} ${statSync(path).mode.toString(8)}`;
  }
  return files;
}
