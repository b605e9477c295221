import {
  checkChain,
  checkKeyMatches,
  checkPair,
  splitPaste,
  UnusableCertificate,
} from "../common/certificate-checks.ts";
import { selfSigned } from "../common/lab-certificates.ts";
import { queueRewrite } from "./account-desk.ts";
import {
  markCreatedByAcme,
  readCertificate,
  storeCertificate,
  useSharedCertificate,
  usesOwnCertificate,
} from "./certificate-files.ts";
import { hostsOf } from "./hosts.ts";
import type { LabState } from "./lab-state.ts";
import { type LegacyAnswer, LegacyRefusal } from "./legacy-answer.ts";
import type { LegacyCall, LegacyCommand } from "./legacy-call.ts";
import { field, ownDomain, refuseSuspended, requirePost } from "./legacy-call.ts";
import type { DomainFiles } from "./panel-files.ts";

const saved = "Certificate and Key Saved.";
const cannotSave = "Cannot save certificate";

/** `CMD_API_SSL`, the way of installing that every version has (spec §3.4). */
export const sslCommand: LegacyCommand = {
  name: "SSL",
  answer(call) {
    const domain = ownDomain(call, "Cannot View Certificate");
    if (field(call, "action") === "") return view(call, domain);
    requirePost(call);
    return save(call, domain);
  },
};

function view(call: LegacyCall, domain: DomainFiles): LegacyAnswer {
  const { files } = call.state;
  const own = readCertificate(files, domain.account, domain.domain);
  const head = { error: "0", text: "", details: "" };
  if (field(call, "view") === "cacert") {
    const cacert = own?.cacert ?? "";
    const record = { enabled: cacert === "" ? "no" : "yes", cacert };
    return { record: { ...head, ...record }, json: record };
  }
  const record = {
    ssl_on: domain.conf["ssl"] === "ON" ? "yes" : "no",
    server: usesOwnCertificate(domain) ? "no" : "yes",
    key: own?.key ?? "",
    certificate: own?.cert ?? "",
  };
  return { record: { ...head, ...record }, json: record };
}

async function save(call: LegacyCall, domain: DomainFiles): Promise<LegacyAnswer> {
  const { state } = call;
  refuseSuspended(call);
  if (state.files.account(domain.account)?.["ssl"] !== "ON") {
    throw new LegacyRefusal(cannotSave, "SSL is not enabled for this account");
  }
  if (field(call, "action") !== "save") throw new LegacyRefusal(cannotSave, "Unknown action");
  const type = field(call, "type");
  const work = saves[type];
  if (work === undefined) throw new LegacyRefusal(cannotSave, `Unknown type "${type}"`);
  const environment = hookEnvironment(call, domain, type);
  const before = await state.runHook("ssl_save_pre", environment);
  if (!before.ok) throw new LegacyRefusal(cannotSave, before.output);
  const answer = readably(() => work(call, domain));
  queueRewrite(state, domain.account);
  const after = await state.runHook("ssl_save_post", environment);
  if (!after.ok) throw new LegacyRefusal(cannotSave, after.output);
  return answer;
}

/** What hooks are told; with a paste that includes the private key (spec §1.7). */
function hookEnvironment(call: LegacyCall, domain: DomainFiles, type: string): Record<string, string> {
  const environment = { username: domain.account, domain: domain.domain, type };
  if (type !== "paste") return environment;
  return { ...environment, certificate: field(call, "certificate") };
}

function readably(work: () => LegacyAnswer): LegacyAnswer {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof UnusableCertificate) throw new LegacyRefusal(cannotSave, cause.message);
    throw cause;
  }
}

const saves: Readonly<Record<string, (call: LegacyCall, domain: DomainFiles) => LegacyAnswer>> = {
  paste,
  cacert,
  server(call, domain) {
    useSharedCertificate(call.state.files, domain);
    call.state.foreignCertificates.delete(domain.domain);
    return { success: saved };
  },
  create,
};

function paste({ state, form }: LegacyCall, domain: DomainFiles): LegacyAnswer {
  const { switches, files } = state;
  const { key, certificates } = splitPaste(form.get("certificate") ?? "");
  const [leaf = "", ...chain] = certificates;
  if (switches.pasteChecks === "pair-only") checkKeyMatches(key, leaf, switches.refusesPkcs8);
  else {
    checkPair(key, leaf, {
      hosts: hostsOf(domain).flatMap(({ names }) => names),
      now: state.now(),
      refusesPkcs8: switches.refusesPkcs8,
    });
  }
  const split = switches.pasteSplitsChain && chain.length > 0;
  storeCertificate(files, domain, domain.domain, {
    key,
    cert: split ? leaf : certificates.join(""),
    ...(split ? { cacert: chain.join("") } : {}),
  });
  if (switches.pasteRemovesCreationTime) {
    markCreatedByAcme(files, domain.account, domain.domain, undefined);
  }
  breakWhatIsServed(state, domain.domain);
  return { success: saved };
}

function cacert({ state, form }: LegacyCall, domain: DomainFiles): LegacyAnswer {
  const active = form.get("active") === "yes";
  const text = active ? checkChain(form.get("cacert") ?? "").join("") : "";
  storeCertificate(state.files, domain, domain.domain, { cacert: text });
  return { success: saved };
}

function create({ state, form }: LegacyCall, domain: DomainFiles): LegacyAnswer {
  const { files } = state;
  const names = [domain.domain, `www.${domain.domain}`];
  const request = form.get("request");
  if (request === "letsencrypt") {
    storeCertificate(files, domain, domain.domain, state.acme.issue(names, state.now()));
    markCreatedByAcme(files, domain.account, domain.domain, state.now());
    return { success: saved };
  }
  if (request === "no") {
    storeCertificate(files, domain, domain.domain, selfSigned(names, state.now()));
    markCreatedByAcme(files, domain.account, domain.domain, undefined);
    return { success: saved };
  }
  throw new LegacyRefusal(cannotSave, "Requests for certificates are not made here");
}

/** Fault `breakNext`: what is stored is right, what is served is not. A later save of the domain mends it. */
export function breakWhatIsServed(state: LabState, domain: string): void {
  state.foreignCertificates.delete(domain);
  if (!state.faults.takeBreak(domain)) return;
  const pair = selfSigned([`other.${domain}`], state.now());
  state.foreignCertificates.set(domain, state.storeForeignCertificate(domain, pair));
}
