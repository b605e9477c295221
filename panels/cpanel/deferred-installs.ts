import { type Clock, sleep } from "../../src/clock.ts";
import { crashPoint } from "../../src/crash-point.ts";
import { asCodedError } from "../../src/errors.ts";
import { type CertificateBundle, pemBundle } from "../../src/model/certificate.ts";
import type { VhostRef } from "../../src/panel.ts";
import { type Access, eachOf } from "./access.ts";
import { readHosts } from "./certificates.ts";

export interface Install {
  readonly vhost: VhostRef;
  readonly bundle: CertificateBundle;
}

/** More installations than this go to the panel's queue, which costs one restart of the web server (spec cpanel §6). */
export const installedAtOnce = 5;
const chunk = 50;
const pollEvery = 3_000;
/** The queue reports nothing, not even failures; after this long without an arrival the rest is installed one by one. */
const patience = 60_000;
/** The caller waits for us; see `src/control/control-client.ts` for how long. */
const longest = 180_000;

/**
 * Puts installations into the panel's own queue and waits until they are on record. Returns those that did not arrive, to
 * be installed directly, which also tells why. With a panel that has no queue, all of them.
 */
export async function installDeferred(
  access: Access,
  clock: Clock,
  installs: readonly Install[],
): Promise<readonly Install[]> {
  const queued: Install[] = [];
  for (let at = 0; at < installs.length; at += chunk) {
    const part = installs.slice(at, at + chunk);
    try {
      await enqueue(access, part);
      queued.push(...part);
    } catch (thrown) {
      const { code } = asCodedError(thrown);
      if (code === "panel-unreachable") throw thrown;
      // Not allowed, not there or not understood: the direct way works on every version.
      break;
    }
  }
  crashPoint("X-19");
  const missing = await arrivals(access, clock, queued);
  return [...missing, ...installs.slice(queued.length)];
}

/** The same number of each parameter, and the chain that came with the certificate: what the panel would find may be another. */
async function enqueue({ api }: Access, installs: readonly Install[]): Promise<void> {
  await api.whm(
    "enqueue_deferred_ssl_installations",
    {
      username: installs.map(({ vhost }) => vhost.account),
      vhost_name: installs.map(({ vhost }) => vhost.id),
      crt: installs.map(({ bundle }) => bundle.leaf.pem),
      key: installs.map(({ bundle }) => bundle.key.reveal()),
      cab: installs.map(({ bundle }) => pemBundle(bundle.chain)),
    },
    { secret: true },
  );
}

async function arrivals(
  access: Access,
  clock: Clock,
  queued: readonly Install[],
): Promise<readonly Install[]> {
  let missing = queued;
  const begun = clock.monotonic();
  let progress = begun;
  while (missing.length > 0) {
    const now = clock.monotonic();
    if (now - progress > patience || now - begun > longest) break;
    await sleep(clock, pollEvery);
    const left = await notArrived(access, missing);
    if (left.length < missing.length) progress = clock.monotonic();
    missing = left;
  }
  return missing;
}

async function notArrived(access: Access, installs: readonly Install[]): Promise<Install[]> {
  const left: Install[] = [];
  await eachOf([...Map.groupBy(installs, ({ vhost }) => vhost.account)], async ([account, own]) => {
    const hosts = await readHosts(
      access,
      account,
      own.map(({ vhost }) => vhost.id),
    );
    left.push(
      ...own.filter(({ vhost, bundle }) => hosts.get(vhost.id)?.fingerprint !== bundle.leaf.fingerprint),
    );
  });
  return left;
}
