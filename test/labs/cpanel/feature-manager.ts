import { readPairs, writePairs } from "../common/text-files.ts";
import type { HttpExchange } from "./cpsrvd.ts";
import { type HttpReply, htmlReply } from "./http-reply.ts";
import type { LabState } from "./lab-state.ts";
import { escapeHtml, whmPage } from "./shell-pages.ts";
import { knownFeatures } from "./uapi-account.ts";

/** Where it is below the session's path; the address is the lab's own. */
export const featureManagerPath = "/scripts/featuremanager";

/** WHM's Feature Manager with the list that packages have unless they name another: one switch a feature, named by its id (spec §1.3). */
export function answerFeatureManager(state: LabState, { request, args }: HttpExchange): HttpReply {
  const list = state.files.var("features/default");
  const saved = request.method === "POST";
  if (saved) {
    const on = args.pairs.filter(([name]) => name === "feature").map(([, value]) => value);
    const switched = knownFeatures(state).map((name) => [name, on.includes(name) ? "1" : "0"]);
    writePairs(list, { ...readPairs(list), ...Object.fromEntries(switched) });
  }
  const known = readPairs(list);
  const boxes = knownFeatures(state).map((name) => {
    const id = escapeHtml(name);
    const checked = known[name] === "0" ? "" : " checked";
    return `<li><label><input type="checkbox" name="feature" value="${id}"${checked}> ${id}</label></li>`;
  });
  const told = saved ? '<p role="status">The feature list “default” was saved.</p>' : "";
  return htmlReply(
    200,
    whmPage(
      "root",
      "Feature Manager",
      `${told}<form method="post"><ul>${boxes.join("")}</ul><button>Save</button></form>`,
    ),
  );
}
