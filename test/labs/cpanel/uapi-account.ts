import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { readText, writeText } from "../common/text-files.ts";
import { ApiFailure } from "./api-failure.ts";
import { domainsOf } from "./server-files.ts";
import type { UapiCall, UapiModule } from "./uapi-call.ts";

/** Features that every server knows; plugins add theirs to `addonfeatures` (spec §1.7). */
const builtInFeatures = ["autossl", "filemanager", "simplezoneedit", "sslinstall", "sslmanager", "zoneedit"];

export const variablesFunctions: UapiModule = {
  get_user_information: { run: userInformation, demo: true },
};

export const featuresFunctions: UapiModule = {
  has_feature: { run: hasFeature, demo: true },
  list_features: {
    run: ({ state, account }) =>
      Object.fromEntries(
        knownFeatures(state).map((name) => [name, state.files.hasFeature(account, name) ? 1 : 0]),
      ),
    demo: true,
  },
};

export const localeFunctions: UapiModule = {
  get_attributes: { run: ({ state, account }) => localeOf(state, account), demo: true },
};

/** Language and direction of an account's pages. */
export function localeOf(
  state: UapiCall["state"],
  account: string,
): { direction: string; encoding: string; locale: string; name: string } {
  const locale = state.files.account(account)?.["LOCALE"] ?? "en";
  const direction = ["ar", "he", "fa"].includes(locale) ? "rtl" : "ltr";
  return { direction, encoding: "utf-8", locale, name: localeNames[locale] ?? locale };
}

const localeNames: Readonly<Record<string, string>> = {
  ar: "Arabic",
  de: "German",
  en: "English",
  fr: "French",
  nl: "Dutch",
};

export const quotaFunctions: UapiModule = {
  get_quota_info: {
    run: () => ({
      byte_limit: "0",
      bytes_used: "1048576",
      inode_limit: "0",
      inodes_used: "20",
      under_quota_overall: 1,
    }),
    demo: true,
  },
};

export const tokensFunctions: UapiModule = {
  create_full_access: {
    run: ({ state, account, args }) => {
      const expires = args.get("expires_at");
      const name = args.required("name");
      const made = state.tokens.create(
        "cpanel",
        account,
        name,
        expires === undefined ? {} : { expiresAt: Number(expires) },
      );
      return { token: made.token, create_time: made.createTime };
    },
    feature: "apitokens",
  },
  list: { run: ({ state, account }) => state.tokens.list("cpanel", account), demo: true },
  revoke: {
    run: ({ state, account, args }) =>
      state.tokens.revoke("cpanel", account, args.required("name")) ? 1 : 0,
    feature: "apitokens",
  },
};

/** Files `~/.cpanel/nvdata/<name>`, which the account can write as it likes (spec §4.8). */
export const nvdataFunctions: UapiModule = {
  get: {
    run: (call) =>
      call.args
        .required("names")
        .split("|")
        .map((name) => ({ name, value: readText(nvdataPath(call, name)) ?? null })),
    demo: true,
  },
  set: {
    run: (call) =>
      call.args
        .required("names")
        .split("|")
        .map((name) => {
          const value = call.args.get(name) ?? "";
          writeText(nvdataPath(call, name), value, 0o600);
          call.state.files.giveTo(nvdataPath(call, name), call.account);
          return { set: name };
        }),
  },
};

function nvdataPath({ state, account }: UapiCall, name: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new ApiFailure(`“${name}” is not a valid name.`);
  const folder = state.files.path(state.files.home(account), ".cpanel/nvdata");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  state.files.giveTo(folder, account);
  return `${folder}/${name}`;
}

export function knownFeatures(state: UapiCall["state"]): string[] {
  const folder = state.files.cpanel("whostmgr/addonfeatures");
  const added = existsSync(folder)
    ? readdirSync(folder).flatMap((file) =>
        (readText(`${folder}/${file}`) ?? "")
          .split("\n")
          .map((line) => line.split(":")[0] ?? "")
          .filter((name) => name !== ""),
      )
    : [];
  return [...builtInFeatures, ...added];
}

function hasFeature(call: UapiCall): unknown {
  const { state, account, args } = call;
  const name = args.required("name");
  if (!knownFeatures(state).includes(name)) throw new ApiFailure(`The feature “${name}” does not exist.`);
  if (!state.files.hasFeature(account, name))
    call.messages.push(`The feature “${name}” exists but is not enabled.`);
  return null;
}

function userInformation({ state, account, args }: UapiCall): unknown {
  const file = state.files.account(account) ?? {};
  const all: Record<string, unknown> = {
    user: account,
    uid: state.files.uid(account),
    home: state.files.home(account),
    domain: file["DNS"],
    domains: domainsOf(state.files.domainMap(account)),
    owner: file["OWNER"],
    plan: file["PLAN"],
    theme: file["RS"],
    locale: file["LOCALE"],
    contact_email: file["CONTACTEMAIL"],
    ssl_default_key_type: file["SSL_DEFAULT_KEY_TYPE"] ?? "system",
    feature: Object.fromEntries(
      knownFeatures(state).map((name) => [name, state.files.hasFeature(account, name) ? "1" : "0"]),
    ),
  };
  const names = args.all("name");
  if (names.length === 0) return all;
  const unknown = names.find((name) => !(name in all));
  if (unknown !== undefined) throw new ApiFailure(`“${unknown}” is not a known attribute.`);
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}
