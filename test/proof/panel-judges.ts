import { z } from "zod";
import {
  acceptWhm,
  dataOf,
  flag,
  jsonOfCommand,
  jsonOfHttp,
  outcomeOf,
} from "../../panels/cpanel/answers.ts";
import { acceptJson, acceptLegacy } from "../../panels/directadmin/answers.ts";
import {
  failure,
  parseCertificateList,
  parsePreference,
  parseVersion,
  readFacts,
} from "../../panels/plesk/answers.ts";
import { parseMailOption } from "../../panels/plesk/mail-certificates.ts";
import { asCodedError } from "../../src/errors.ts";
import { attempt } from "./parser-judges.ts";

/** What a control panel answered, by HTTP or from a command, read by everything that reads such answers. */
export function judgePanelAnswer(text: string): void {
  for (const status of [200, 204, 404, 500]) {
    const answer = { status, type: "application/json", body: text };
    mindWords(() => acceptLegacy(answer, "CMD_API"));
    mindWords(() => acceptJson(answer, "api"));
    const json = mindWords(() => jsonOfHttp(answer, "call"));
    if (json !== null) judgeCpanelJson(json);
  }
  const printed = mindWords(() => jsonOfCommand(text, "call"));
  if (printed !== null) judgeCpanelJson(printed);
  for (const { name, used } of attempt(() => parseCertificateList(text)) ?? []) {
    if (!Number.isFinite(used) || name === "" || /\s{2}|^\s|\s$/.test(name)) {
      throw new Error(`a certificate called ${JSON.stringify(name)}, used ${used} times`);
    }
  }
  const preference = attempt(() => parsePreference(text, "min_password_strength"));
  if (preference !== null && !Number.isFinite(preference)) throw new Error(`a preference of ${preference}`);
  const version = attempt(() => parseVersion(text));
  if (version !== null && !/^[\d.]+$/.test(version)) throw new Error(`version ${version}`);
  const option = attempt(() => parseMailOption(text));
  if (option !== null && !/^-[a-z_-]+$/.test(option)) throw new Error(`option ${option}`);
  mindWords(() => readFacts(text, "script.php", z.object({ status: z.string(), id: z.int(), flag })));
  const { detail } = failure("plesk bin", { code: 1, stdout: text, stderr: "" });
  if (/-----BEGIN|[A-Za-z0-9+/=]{60}/.test(detail)) throw new Error(`a key may be in ${detail}`);
}

function judgeCpanelJson(json: unknown): void {
  mindWords(() => acceptWhm(json, "call"));
  mindWords(() => dataOf(outcomeOf(json, "call"), "call"));
}

/** The panel's words come along in errors: short enough for a page. */
function mindWords<T>(read: () => T): T | null {
  return attempt(() => {
    try {
      return read();
    } catch (thrown) {
      const { detail } = asCodedError(thrown);
      if (detail.length > 1_500) throw new Error(`an error of ${detail.length} characters`);
      throw thrown;
    }
  });
}
