import { asCodedError, CodedError } from "../../src/errors.ts";
import type { Account, InstallOutcome, VhostInstall } from "../../src/panel.ts";
import { readAccounts, readSites, repositoryOf, type Site, siteOf } from "./accounts.ts";
import { type Assigned, compareWith, listRepository, type Repository, readAssigned } from "./certificates.ts";
import type { PleskCommands } from "./commands.ts";
import { assign, type InstallParts, put } from "./placement.ts";

interface Task {
  readonly install: VhostInstall;
  readonly site: Site;
  problem: CodedError | null;
}

/**
 * Installs a batch: one look at the panel, what is there already left out, each change one command after the other with
 * the web server's restarts held together, and one look at what is there now (spec plesk §3.7, §4).
 */
export async function installBatch(
  parts: InstallParts,
  installs: readonly VhostInstall[],
): Promise<InstallOutcome[]> {
  const { commands } = parts;
  const [first, ...others] = new Set(installs.map(({ vhost }) => vhost.account));
  const only = others.length === 0 ? first : undefined;
  const sites = await readSites(commands, only);
  const accounts = await readAccounts(commands, only);
  const outcomes = installs.map((install): Task | CodedError => {
    try {
      return { install, site: activeSite(sites, accounts, install), problem: null };
    } catch (thrown) {
      return asCodedError(thrown);
    }
  });
  const tasks = outcomes.filter((outcome): outcome is Task => !(outcome instanceof CodedError));
  const before = await readAssigned(
    commands,
    tasks.map(({ site }) => site),
  );
  const changes = tasks.filter(({ install: { bundle }, site }) => {
    const different = bundle === null || compareWith(bundle, before.get(site.id)) !== null;
    return different || site.tls === false;
  });
  const changed = changes.map(({ site }) => site.name);
  await parts.interval.during(changed, () => change(parts, sites, changes, before));
  await confirm(commands, changes);
  // Asked for although it is on record: then the web server may have missed it (spec plesk §3.10).
  for (const { install, site } of tasks.filter((task) => !changes.includes(task))) {
    if (install.bundle !== null) await parts.interval.writeAgain(site.name);
  }
  return installs.map(({ vhost }, index) => {
    const outcome = outcomes[index];
    return { vhost, problem: outcome instanceof CodedError ? outcome : (outcome?.problem ?? null) };
  });
}

function activeSite(sites: readonly Site[], accounts: readonly Account[], { vhost }: VhostInstall): Site {
  const site = siteOf(sites, vhost);
  const account = accounts.find(({ name }) => name === vhost.account);
  if (account?.suspended === true || !site.active) {
    throw new CodedError("account-suspended", { detail: vhost.account });
  }
  return site;
}

/** One after the other; each repository is listed once, and what is done to it is followed. */
async function change(
  parts: InstallParts,
  sites: readonly Site[],
  tasks: readonly Task[],
  before: ReadonlyMap<number, Assigned>,
): Promise<void> {
  const repositories = new Map<string, Repository>();
  for (const task of tasks) {
    const main = repositoryOf(sites, task.site);
    try {
      const repository = repositories.get(main) ?? (await listRepository(parts.commands, main));
      repositories.set(main, repository);
      const { bundle } = task.install;
      if (bundle === null) await assign(parts.commands, sites, task.site, "");
      else
        await put(parts, { sites, site: task.site, main, repository, bundle, had: before.get(task.site.id) });
    } catch (thrown) {
      task.problem = asCodedError(thrown);
      // What a command that failed has done to the repository is not known.
      repositories.delete(main);
    }
  }
}

/** What the panel has now decides, whatever the commands said. */
async function confirm(commands: PleskCommands, tasks: readonly Task[]): Promise<void> {
  const done = tasks.filter(({ problem }) => problem === null);
  if (done.length === 0) return;
  try {
    const now = await readAssigned(
      commands,
      done.map(({ site }) => site),
    );
    for (const task of done) {
      const { bundle } = task.install;
      if (bundle !== null) task.problem = compareWith(bundle, now.get(task.site.id));
    }
  } catch (thrown) {
    for (const task of done) task.problem = asCodedError(thrown);
  }
}
