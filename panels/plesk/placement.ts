import { CodedError } from "../../src/errors.ts";
import type { Log } from "../../src/logging.ts";
import type { CertificateBundle } from "../../src/model/certificate.ts";
import type { Site } from "./accounts.ts";
import { failure } from "./answers.ts";
import { certificateNames, isOurName } from "./certificate-name.ts";
import { type Assigned, compareWith, listRepository, type Repository, readAssigned } from "./certificates.ts";
import type { PleskCommands } from "./commands.ts";
import type { KeyFolder } from "./key-files.ts";
import { type MailOptions, secureMail } from "./mail-certificates.ts";
import type { ReplacedNames } from "./replaced-names.ts";
import type { RestartInterval } from "./web-server.ts";

/** What an installation works with. */
export interface InstallParts {
  readonly commands: PleskCommands;
  readonly keys: KeyFolder;
  readonly interval: RestartInterval;
  readonly replaced: ReplacedNames;
  readonly mail: MailOptions;
  readonly log: Log;
}

/** One bundle on its way to one website. */
export interface Placement {
  readonly sites: readonly Site[];
  readonly site: Site;
  /** Stands for the repository. */
  readonly main: string;
  readonly repository: Repository;
  readonly bundle: CertificateBundle;
  /** What the website had before. */
  readonly had: Assigned | undefined;
}

/** Stores the bundle in the subscription's repository and makes the website show it. */
export async function put(parts: InstallParts, placement: Placement): Promise<void> {
  const { commands, replaced } = parts;
  const { sites, site, main, repository, bundle, had } = placement;
  const earlier = replaced.nameOf(site.id, bundle.leaf.fingerprint);
  if (earlier !== null && repository.has(earlier)) {
    await assign(commands, sites, site, earlier);
    const now = (await readAssigned(commands, [site])).get(site.id);
    if (compareWith(bundle, now) === null) return;
  }
  if (had !== undefined && !isOurName(had.name)) replaced.remember(site.id, had.name, had.leaf.fingerprint);
  const name = chooseName(placement);
  await parts.keys.with(bundle, async ({ key, certificate, chain }) => {
    const files = ["-domain", main, "-key-file", key, "-cert-file", certificate];
    if (bundle.chain.length > 0) files.push("-cacert-file", chain);
    await store(commands, repository, main, name, files);
  });
  if (site.certificate !== name || site.tls !== true) await assign(commands, sites, site, name);
  await removeUnused(parts, placement, name);
  await secureMail(parts, placement, name);
}

/**
 * The name under which this website already has ours, unless another website was given the same one: then that one would
 * change too. Else the first of ours that nobody else shows.
 */
function chooseName({ sites, site, repository }: Placement): string {
  const elsewhere = new Set(
    sites
      .filter(({ id, owner }) => id !== site.id && owner === site.owner)
      .map(({ certificate }) => certificate),
  );
  const current = site.certificate;
  if (isOurName(current) && repository.has(current) && !elsewhere.has(current)) return current;
  const free = certificateNames(site.name).find((name) => !elsewhere.has(name));
  if (free === undefined) {
    throw new CodedError("panel-refused", {
      detail: `all names for ${site.name} are used by other websites`,
    });
  }
  return free;
}

/**
 * In place where the name is there, so that what hangs on it keeps it; new otherwise. When the listing turns out to be
 * out of date or to name the administrator's (spec plesk §3.2), the other way is tried once.
 */
async function store(
  commands: PleskCommands,
  repository: Repository,
  main: string,
  name: string,
  files: readonly string[],
): Promise<void> {
  const listed = repository.has(name);
  const run = (verb: "--update" | "--create") => commands.attempt("bin", "certificate", verb, name, ...files);
  const first = await run(listed ? "--update" : "--create");
  if (first.code !== 0) {
    const refused = failure(`certificate ${listed ? "--update" : "--create"} ${name}`, first);
    const now = await listRepository(commands, main);
    const worthOther = first.code !== null && (now.has(name) !== listed || listed);
    if (!worthOther) throw refused;
    const second = await run(listed ? "--create" : "--update");
    // The first refusal says what is wrong; that the other way does not work either is no surprise.
    if (second.code !== 0) throw refused;
  }
  repository.set(name, repository.get(name) ?? 0);
}

/** Makes the website show a certificate of its repository; the empty name leaves it with the server's default. */
export async function assign(
  commands: PleskCommands,
  sites: readonly Site[],
  site: Site,
  name: string,
): Promise<void> {
  const options = [...(name === "" ? [] : ["-ssl", "true"]), "-certificate-name", name];
  const ended = await commands.attempt("bin", "site", "--update", site.name, ...options);
  if (ended.code === 0) return;
  const parent = sites.find(
    ({ name: other, owner }) => owner === site.owner && site.name.endsWith(`.${other}`),
  );
  if (parent !== undefined && ended.code !== null) {
    const label = site.name.slice(0, -parent.name.length - 1);
    const second = await commands.attempt(
      ...["bin", "subdomain", "--update", label, "-domain", parent.name, "-certificate-name", name],
    );
    if (second.code === 0) return;
  }
  throw failure(`site --update ${site.name}`, ended);
}

/** Earlier ones of ours for this website that nothing uses any more. Others' are never touched. */
async function removeUnused(
  { commands, log }: InstallParts,
  placement: Placement,
  name: string,
): Promise<void> {
  const { repository, main, site } = placement;
  const ours = certificateNames(site.name).filter((one) => one !== name && repository.get(one) === 0);
  for (const old of ours) {
    const ended = await commands.attempt("bin", "certificate", "--remove", old, "-domain", main);
    if (ended.code === 0) repository.delete(old);
    else log.info("an unused certificate stays in the panel", { name: old, code: ended.code });
  }
}
