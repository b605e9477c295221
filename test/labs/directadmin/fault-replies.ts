import type { CallFault } from "../common/faults.ts";
import { readLegacyForm } from "./legacy-form.ts";
import { emptyReply, jsonReply, type PanelCall, type PanelReply, reply } from "./panel-call.ts";

/** The answer a fault gives in place of carrying the call out; undefined when it doesn't. */
export function replyInstead(
  fault: CallFault,
  path: string,
  body: Buffer,
  query: URLSearchParams,
): PanelReply | undefined {
  const isJsonApi = path.startsWith("/api/");
  switch (fault.kind) {
    case "status":
      return isJsonApi
        ? jsonReply(fault.status, { type: "INTERNAL_ERROR", message: "fault of the lab" })
        : reply(fault.status, "text/html", `<h1>${fault.status}</h1>\n`);
    case "say-ok":
      return isJsonApi ? emptyReply(204) : legacySuccess(path, body, query);
    case "error-in-200":
      return isJsonApi
        ? jsonReply(200, { type: "INTERNAL_ERROR", message: "fault of the lab" })
        : legacyFailure(body, query);
    default:
      return undefined;
  }
}

function legacySuccess(path: string, body: Buffer, query: URLSearchParams): PanelReply {
  const form = readLegacyForm({ query, headers: {}, body });
  const text = successText(path, form.get("action"));
  if (form.get("json") === "yes") return jsonReply(200, { success: text, result: "" });
  return reply(200, "text/plain", `error=0&text=${text}&details=`);
}

function successText(path: string, action: string | undefined): string {
  if (path.endsWith("_SSL")) return "Certificate and Key Saved.";
  if (!path.endsWith("DNS_CONTROL")) return "Success";
  return action === "add" ? "Record Added" : action === "edit" ? "Record Edited" : "Records Deleted";
}

function legacyFailure(body: Buffer, query: URLSearchParams): PanelReply {
  const form = readLegacyForm({ query, headers: {}, body });
  const [title, details] = ["Cannot Execute Your Request", "An internal error occurred"];
  if (form.get("json") === "yes") return jsonReply(200, { error: title, result: details });
  return reply(200, "text/plain", `error=1&text=${title}&details=${details}`);
}

/** The same call about another domain of the account; unchanged when it has only one. */
export function redirectToOtherDomain(call: PanelCall): PanelCall {
  const domains = call.state.files.domainsOf(call.caller.login.name);
  const named = domains.find((domain) => call.path.includes(`/${domain}/`));
  if (named !== undefined) {
    const other = domains.find((domain) => domain !== named) ?? named;
    return { ...call, path: call.path.replaceAll(`/${named}/`, `/${other}/`) };
  }
  const form = readLegacyForm(call);
  const other = domains.find((domain) => domain !== form.get("domain"));
  if (other === undefined || !form.has("domain")) return call;
  form.set("domain", other);
  return { ...call, query: new URLSearchParams([...form]), body: Buffer.alloc(0) };
}
