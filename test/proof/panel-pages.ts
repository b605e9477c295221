import { request } from "node:http";
import { join } from "node:path";
import type { AnswerPage } from "../../src/pages/page-router.ts";
import type { Caller } from "../../src/panel.ts";
import type { CrashRun } from "./crash-world.ts";

/** What the panel is to say of the session; the pages ask it. */
export const administrator: Caller = {
  account: "admin",
  role: "administrator",
  level: "administrator",
  actingFor: null,
  language: "en",
  sessionBinding: "",
  readOnly: false,
};

/** The agent's pages, handed over as the panel's glue hands over a call of this session (plugin/directadmin/lib/launch). */
export function pagesThroughPanel({ folder }: CrashRun, session: { id: string; key: string }): AnswerPage {
  return ({ path, query, form }) =>
    new Promise((resolve, reject) => {
      const asked = new URLSearchParams([...query]);
      if (!asked.has("page") && path !== "/") asked.set("page", path.slice(1));
      const handover = {
        LAUNCHER_LEVEL: "admin",
        LAUNCHER_SCRIPT: "index.html",
        SESSION_ID: session.id,
        SESSION_KEY: session.key,
        QUERY_STRING: asked.toString(),
        ...(form === null
          ? {}
          : { POST: "stdin=true", LAUNCHER_BODY: new URLSearchParams([...form]).toString() }),
      };
      const parts = Object.entries(handover).map(([name, value]) => `${name}=${value}`);
      request({ socketPath: join(folder, "run/pages.sock"), path: "/page", method: "POST" }, (answer) => {
        let html = "";
        answer.setEncoding("utf8").on("data", (part: string) => {
          html += part;
        });
        answer.on("error", reject).on("end", () => resolve({ output: "page", html }));
      })
        .on("error", reject)
        .end(parts.join("\0"));
    });
}
