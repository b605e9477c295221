import { z } from "zod";
import { CodedError, isErrorCode } from "../errors.ts";
import { type Certificate, type CertificateBundle, parseCertificates } from "../model/certificate.ts";
import { parseHostName } from "../model/host-name.ts";
import { keyId } from "../model/shapes.ts";
import type { DcvAnswer, InstalledCertificate, InstallOutcome, VhostInstall, VhostRef } from "../panel.ts";
import { Secret } from "../secret.ts";

/*
 * How the verbs of the executor look on its socket. The agent is unprivileged and may be taken over: whatever it sends
 * is checked here by schema before the root side acts, and certificates are parsed again from PEM.
 */

const pem = z.string().min(1).max(65_536);
const accountName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/);
const hostName = z.string().max(255).transform(parseHostName);
const dnsOwner = z
  .string()
  .max(253)
  .regex(/^(?!-)[A-Za-z0-9_.-]+$/);
const vhostRef = z.strictObject({
  id: z.string().regex(/^(?:\*\.)?[A-Za-z0-9][A-Za-z0-9._:@-]{0,253}$/),
  account: accountName,
});
const bundle = z.strictObject({ leaf: pem, chain: z.array(pem).max(10), key: pem });
const installed = z.object({ leaf: pem, chain: z.array(pem), managedByPanel: z.boolean() }).nullable();
const outcomes = z.array(
  z.object({ vhost: vhostRef, problem: z.object({ code: z.string(), detail: z.string() }).nullable() }),
);

/** What each verb takes; the names are those of the `Panel` contract. */
export const verbArguments = {
  readFacts: z.tuple([]),
  listAccounts: z.tuple([]),
  readAccount: z.tuple([accountName]),
  listVhosts: z.tuple([accountName.nullable()]),
  readCertificate: z.tuple([vhostRef]),
  readBundle: z.tuple([vhostRef]),
  installCertificates: z.tuple([
    z.array(z.strictObject({ vhost: vhostRef, bundle: bundle.nullable() })).max(500),
  ]),
  publishDcv: z.tuple([dcvAnswer()]),
  withdrawDcv: z.tuple([dcvAnswer()]),
  listInstalled: z.tuple([]),
  findKey: z.tuple([accountName, keyId]),
  readEngineNames: z.tuple([vhostRef]),
  keepEngineAway: z.tuple([vhostRef, z.array(hostName).min(1).max(1000), z.boolean()]),
} as const;
export type Verb = keyof typeof verbArguments;

type WireBundle = z.output<typeof bundle>;

export function encodeBundle(value: CertificateBundle): WireBundle {
  return {
    leaf: value.leaf.pem,
    chain: value.chain.map((certificate) => certificate.pem),
    key: value.key.reveal(),
  };
}

export function decodeBundle(value: WireBundle): CertificateBundle {
  return { leaf: one(value.leaf), chain: value.chain.map(one), key: new Secret(value.key) };
}

export function encodeInstalls(installs: readonly VhostInstall[]): unknown {
  return installs.map(({ vhost, bundle: value }) => ({
    vhost: plainRef(vhost),
    bundle: value === null ? null : encodeBundle(value),
  }));
}

export function encodeInstalled(value: InstalledCertificate | null): unknown {
  if (value === null) return null;
  return {
    ...value,
    leaf: value.leaf.pem,
    chain: value.chain.map((certificate) => certificate.pem),
  };
}

export function decodeInstalled(value: unknown): InstalledCertificate | null {
  const read = installed.parse(value);
  return read === null
    ? null
    : { leaf: one(read.leaf), chain: read.chain.map(one), managedByPanel: read.managedByPanel };
}

export function encodeOutcomes(values: readonly InstallOutcome[]): unknown {
  return values.map(({ vhost, problem }) => ({
    vhost: plainRef(vhost),
    problem: problem === null ? null : { code: problem.code, detail: problem.detail },
  }));
}

export function decodeOutcomes(value: unknown): InstallOutcome[] {
  return outcomes.parse(value).map(({ vhost, problem }) => ({
    vhost,
    problem:
      problem === null
        ? null
        : new CodedError(isErrorCode(problem.code) ? problem.code : "internal", { detail: problem.detail }),
  }));
}

export function plainRef({ id, account }: VhostRef): VhostRef {
  return { id, account };
}

function dcvAnswer(): z.ZodType<DcvAnswer> {
  const dns = z.strictObject({
    method: z.literal("DNS"),
    account: accountName,
    name: hostName,
    owner: dnsOwner,
    type: z.enum(["CNAME", "TXT"]),
    value: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[\x21-\x7e ]+$/),
  });
  const file = z.strictObject({
    method: z.literal("FILE"),
    account: accountName,
    name: hostName,
    path: z.string().regex(/^\/\.well-known\/pki-validation\/[A-Za-z0-9_-]{1,100}\.txt$/),
    content: z.string().min(1).max(4096),
  });
  return z.discriminatedUnion("method", [dns, file]);
}

function one(text: string): Certificate {
  const [certificate] = parseCertificates(text);
  if (certificate === undefined) throw new CodedError("certificate-unreadable");
  return certificate;
}
