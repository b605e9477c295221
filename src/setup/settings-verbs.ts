import { parseDocument } from "yaml";
import { z } from "zod";
import type { OperationTable } from "../control/control-server.ts";
import { CodedError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { caAddresses, caPassword, caUsername, saveCaAccount } from "./ca-account.ts";
import { readOrNull } from "./root-files.ts";

const answer = z.strictObject({
  username: caUsername,
  password: caPassword,
  address: z.enum(Object.keys(caAddresses) as [keyof typeof caAddresses]).nullable(),
});

/**
 * The one thing besides the panel that the agent may ask of root: to write down the CA account that an administrator
 * entered on a page. Which files that is, root's own configuration says; no path and no other key comes over the socket.
 */
export function settingsVerbs(configFile: string): OperationTable {
  return {
    async saveCaAccount(...args: unknown[]) {
      const checked = z.tuple([answer]).safeParse(args);
      if (!checked.success) {
        throw new CodedError("input-invalid", { detail: "saveCaAccount: arguments refused" });
      }
      const [{ username, password, address }] = checked.data;
      const text = readOrNull(configFile)?.toString("utf8") ?? "";
      const passwordFile = parseDocument(text).getIn(["ca", "passwordFile"]);
      if (typeof passwordFile !== "string") throw new CodedError("settings-invalid", { detail: configFile });
      saveCaAccount(configFile, passwordFile, { username, password: new Secret(password), address });
      return {};
    },
  };
}
