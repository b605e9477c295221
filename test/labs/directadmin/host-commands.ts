import { mkdirSync, writeFileSync } from "node:fs";
import { writeLines, writePairs } from "../common/text-files.ts";
import { giveToOwnerOf } from "../common/unix-owner.ts";
import { queueRewrite } from "./account-desk.ts";
import { removeCertificate } from "./certificate-files.ts";
import { type LegacyAnswer, LegacyRefusal } from "./legacy-answer.ts";
import type { LegacyCall, LegacyCommand } from "./legacy-call.ts";
import { field, ownDomain, refuseSuspended, requirePost } from "./legacy-call.ts";
import type { DomainFiles } from "./panel-files.ts";

type Change = (call: LegacyCall, domain: DomainFiles) => Promise<LegacyAnswer>;

/** Subdomains and pointers: listing them (spec §3.2), and what makes and removes them. */
export const hostCommands: readonly LegacyCommand[] = [
  {
    name: "SUBDOMAINS",
    answer(call) {
      const domain = ownDomain(call, "Cannot View Subdomains");
      const change = changeOf(call, { create: createSubdomain, delete: deleteSubdomains });
      return change === undefined ? { list: domain.subdomains } : change(call, domain);
    },
  },
  {
    name: "DOMAIN_POINTER",
    answer(call) {
      const domain = ownDomain(call, "Cannot View Pointers");
      const change = changeOf(call, { add: addPointer, delete: deletePointers });
      return change === undefined ? { record: domain.pointers } : change(call, domain);
    },
  },
];

function changeOf(call: LegacyCall, changes: Readonly<Record<string, Change>>): Change | undefined {
  const action = field(call, "action");
  if (action === "") return undefined;
  requirePost(call);
  refuseSuspended(call);
  const change = changes[action];
  if (change === undefined) throw new LegacyRefusal("Cannot Execute Your Request", "Unknown action");
  return change;
}

async function createSubdomain(call: LegacyCall, domain: DomainFiles): Promise<LegacyAnswer> {
  const { state } = call;
  const label = field(call, "subdomain").toLowerCase();
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(label)) {
    throw new LegacyRefusal("Cannot Create Subdomain", "The name is not valid");
  }
  if (domain.subdomains.includes(label)) {
    throw new LegacyRefusal("Cannot Create Subdomain", "That subdomain already exists");
  }
  writeSubdomains(call, domain, [...domain.subdomains, label]);
  const site = state.files.site(domain.account, domain.domain, `public_html/${label}`);
  mkdirSync(site, { recursive: true });
  const host = `${label}.${domain.domain}`;
  writeFileSync(`${site}/index.html`, `<!DOCTYPE html><title>${host}</title><h1>${host}</h1>\n`);
  giveToOwnerOf(site, state.files.home(domain.account));
  await state.runHook("subdomain_create_post", {
    username: domain.account,
    domain: domain.domain,
    subdomain: label,
  });
  return { success: "Subdomain Created" };
}

async function deleteSubdomains(call: LegacyCall, domain: DomainFiles): Promise<LegacyAnswer> {
  const chosen = selected(call);
  writeSubdomains(
    call,
    domain,
    domain.subdomains.filter((label) => !chosen.includes(label)),
  );
  for (const label of chosen.filter((one) => domain.subdomains.includes(one))) {
    removeCertificate(call.state.files, domain, `${label}.${domain.domain}`);
    const environment = { username: domain.account, domain: domain.domain, subdomain: label };
    await call.state.runHook("subdomain_destroy_post", environment);
  }
  return { success: "Subdomains deleted" };
}

async function addPointer(call: LegacyCall, domain: DomainFiles): Promise<LegacyAnswer> {
  const from = field(call, "from").toLowerCase();
  const taken = call.state.files.owners().has(from) || domain.pointers[from] !== undefined;
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(from) || taken) {
    throw new LegacyRefusal("Cannot Create Pointer", taken ? "That domain already exists" : "Invalid domain");
  }
  const kind = field(call, "alias") === "yes" ? "alias" : "pointer";
  writePointers(call, domain, { ...domain.pointers, [from]: kind });
  const environment = { username: domain.account, domain: domain.domain, from };
  await call.state.runHook("domain_pointer_create_post", environment);
  return { success: "Domain Pointer Created" };
}

async function deletePointers(call: LegacyCall, domain: DomainFiles): Promise<LegacyAnswer> {
  const chosen = selected(call);
  const left = Object.entries(domain.pointers).filter(([name]) => !chosen.includes(name));
  writePointers(call, domain, Object.fromEntries(left));
  for (const from of chosen.filter((name) => domain.pointers[name] !== undefined)) {
    removeCertificate(call.state.files, domain, from);
    const environment = { username: domain.account, domain: domain.domain, from };
    await call.state.runHook("domain_pointer_destroy_post", environment);
  }
  return { success: "Domain Pointers Deleted" };
}

/** `select0=…&select1=…` (spec §3.2). */
function selected(call: LegacyCall): string[] {
  return [...call.form].filter(([name]) => /^select\d+$/.test(name)).map(([, value]) => value);
}

function writeSubdomains(call: LegacyCall, { account, domain }: DomainFiles, labels: string[]): void {
  writeLines(call.state.files.domainFile(account, `${domain}.subdomains`), labels);
  queueRewrite(call.state, account);
}

function writePointers(
  call: LegacyCall,
  { account, domain }: DomainFiles,
  pointers: Record<string, string>,
): void {
  writePairs(call.state.files.domainFile(account, `${domain}.pointers`), pointers);
  queueRewrite(call.state, account);
}
