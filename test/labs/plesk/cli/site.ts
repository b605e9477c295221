import type { NewSite } from "../account-desk.ts";
import { addDomain, addSite, removeSite, rewrite } from "../account-desk.ts";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { Hosting, SiteRow } from "../records.ts";
import { assignMail, updateHosting } from "../site-desk.ts";
import { siteInfo } from "./site-info.ts";
import { booleanOption, type Utility, type UtilityCall, type UtilityCommand } from "./utility.ts";

const hostingOptions = ["ssl", "certificate-name", "ssl-redirect", "www-root"];
const creationOptions = [
  "hosting",
  "hst_type",
  "ip",
  "login",
  "passwd",
  "owner",
  "service-plan",
  "notify",
  "do-not-apply-skeleton",
];

type Kind = "site" | "subscription" | "subdomain" | "domain";

/** `site`, `subscription`, `domain` (old name) and `subdomain`: the same hosting form, other objects (spec plesk §3.3). */
export function siteUtility(kind: Kind): Utility {
  const parent = kind === "subdomain" ? ["domain"] : [];
  const commands: Record<string, UtilityCommand> = {
    "--create": {
      short: "-c",
      takes: `${kind}_name`,
      options: [
        ...hostingOptions,
        ...creationOptions,
        ...parent,
        ...(kind === "site" ? ["webspace-name"] : []),
      ],
      help: `Creates a ${kind}`,
      run: (call) => create(kind, call),
    },
    "--update": {
      short: "-u",
      takes: `${kind}_name`,
      options: [...hostingOptions, ...parent, "status", "webspace-status"],
      help: `Updates the properties of a ${kind}`,
      run: (call) => update(kind, call),
    },
    "--remove": {
      short: "-r",
      takes: `${kind}_name`,
      options: parent,
      help: `Removes a ${kind}`,
      async run(call) {
        const site = find(kind, call);
        await removeSite(call.state, site);
        return `SUCCESS: Removal of ${kind} '${site.name}' complete\n`;
      },
    },
    "--info": {
      short: "-i",
      takes: `${kind}_name`,
      options: parent,
      help: `Displays information about a ${kind}`,
      run(call) {
        const site = find(kind, call);
        return `${siteInfo(call.state, site)}\nSUCCESS: Gathering information for '${site.name}' complete\n`;
      },
    },
    "--list": {
      short: "-l",
      options: [],
      help: `Lists all ${kind}s`,
      run: ({ state }) =>
        state.database.tables.sites
          .filter((site) => isOfKind(kind, site))
          .map((site) => `${site.name}\n`)
          .join(""),
    },
  };
  if (kind === "site" || kind === "subscription" || kind === "domain") {
    for (const [name, short, on] of [
      ["--on", undefined, true],
      ["--off", undefined, false],
    ] as const) {
      commands[name] = {
        ...(short === undefined ? {} : { short }),
        takes: `${kind}_name`,
        options: [],
        help: on ? `Activates a ${kind}` : `Suspends a ${kind}`,
        async run(call) {
          const site = find(kind, call);
          site.status = on ? 0 : 16;
          call.state.database.save();
          await rewrite(call.state, site.kind === "main" ? call.state.database.sitesOf(site.id) : [site]);
          return `SUCCESS: ${on ? "Activation" : "Suspension"} of ${kind} '${site.name}' complete\n`;
        },
      };
    }
  }
  return {
    commands,
    extraOptions: ({ switches: { mailCertificateOption } }) =>
      mailCertificateOption?.utility === kind ? [mailCertificateOption.option] : [],
  };
}

async function create(kind: Kind, call: UtilityCall): Promise<string> {
  const { state, name, options } = call;
  const settings = newSite(options);
  if (kind === "subscription" || (kind === "domain" && options["owner"] !== undefined)) {
    const owner =
      options["owner"] === undefined ? state.database.admin : state.database.client(options["owner"]);
    if (owner === undefined)
      throw new PanelRefusal(1013, `Unable to find client with login '${options["owner"]}'`);
    const plan = options["service-plan"];
    await addDomain(state, owner, name, {
      ...settings,
      ...(plan === undefined ? {} : { plan }),
      ...(options["login"] === undefined ? {} : { sysUser: options["login"] }),
    });
  } else {
    const parentName = kind === "subdomain" ? options["domain"] : options["webspace-name"];
    const parent = state.database.site(parentName ?? "");
    if (parent === undefined)
      throw new PanelRefusal(1013, `Unable to find domain with name '${parentName ?? ""}'`);
    const full = kind === "subdomain" ? `${name}.${parent.name}` : name;
    const site = addSite(state, parent, full, kind === "subdomain" ? "subdomain" : "addon", settings);
    await rewrite(state, [site]);
  }
  return `SUCCESS: Creation of ${kind} '${name}' complete\n`;
}

async function update(kind: Kind, call: UtilityCall): Promise<string> {
  const { state, options } = call;
  const site = find(kind, call);
  const certificateName = options["certificate-name"];
  const ssl = booleanOption(options["ssl"], "ssl");
  const sslRedirect = booleanOption(options["ssl-redirect"], "ssl-redirect");
  const wwwRoot = options["www-root"];
  try {
    if ([certificateName, ssl, sslRedirect, wwwRoot].some((value) => value !== undefined)) {
      await updateHosting(state, site, {
        ...(certificateName === undefined ? {} : { certificateName }),
        ...(ssl === undefined ? {} : { ssl }),
        ...(sslRedirect === undefined ? {} : { sslRedirect }),
        ...(wwwRoot === undefined ? {} : { wwwRoot }),
      });
    }
    const mailOption = state.switches.mailCertificateOption;
    const mailCertificate = mailOption?.utility === kind ? options[mailOption.option] : undefined;
    if (mailCertificate !== undefined) assignMail(state, site, mailCertificate);
  } catch (cause) {
    if (!(cause instanceof PanelRefusal)) throw cause;
    throw new PanelRefusal(cause.code, `Unable to update hosting preferences. ${cause.message}`, cause.exit);
  }
  return `SUCCESS: Update of ${kind} '${site.name}' complete\n`;
}

function find(kind: Kind, { state, name, options }: UtilityCall): SiteRow {
  const full =
    kind === "subdomain" && options["domain"] !== undefined ? `${name}.${options["domain"]}` : name;
  const site = state.database.site(full);
  if (site === undefined || !isOfKind(kind, site)) {
    const what = kind === "subdomain" ? "subdomain" : "domain";
    throw new PanelRefusal(1013, `Unable to find ${what} with name '${full}'`);
  }
  return site;
}

/** `site` and `domain` take every kind, `subscription` only main domains. */
function isOfKind(kind: Kind, site: SiteRow): boolean {
  if (kind === "subscription") return site.kind === "main";
  if (kind === "subdomain") return site.kind === "subdomain";
  return true;
}

function newSite(options: UtilityCall["options"]): NewSite {
  const type = options["hst_type"] ?? "phys";
  const hosting: Record<string, Hosting> = {
    phys: "virtual",
    std: "standard_forwarding",
    frm: "frame_forwarding",
    none: "none",
  };
  const chosen = options["hosting"] === "false" ? "none" : hosting[type];
  if (chosen === undefined)
    throw new PanelRefusal(1019, `The value '${type}' of the option -hst_type is invalid.`);
  const ssl = booleanOption(options["ssl"], "ssl");
  return {
    hosting: chosen,
    ...(ssl === undefined ? {} : { ssl }),
    ...(options["ip"] === undefined ? {} : { ip: options["ip"] }),
    ...(options["www-root"] === undefined ? {} : { wwwRoot: options["www-root"] }),
  };
}

export function siteOr(state: LabState, name: string): SiteRow {
  const site = state.database.site(name);
  if (site === undefined) throw new PanelRefusal(1013, `Unable to find domain with name '${name}'`);
  return site;
}
