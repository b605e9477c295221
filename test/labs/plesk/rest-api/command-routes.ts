import { runPlesk, utilities } from "../cli/plesk-command.ts";
import { commandsOf } from "../cli/utility.ts";
import { ok, RestRefusal, type RestRoute } from "./rest-route.ts";

/** `/cli`: the utilities over REST; a failed one is a 200 with its code (spec plesk §3.9). */
export const commandRoutes: readonly RestRoute[] = [
  { method: "GET", path: /^\/cli\/commands$/, run: () => ok(Object.keys(utilities)) },
  {
    method: "GET",
    path: /^\/cli\/([^/]+)\/ref$/,
    run({ state, params: [id = ""] }) {
      const utility = utilities[id];
      if (utility === undefined) throw new RestRefusal(404, `Utility ${id} not found`);
      const commands = commandsOf(utility, state);
      const options = [...new Set(commands.flatMap(([, command]) => command.options))];
      return ok({
        allowed_commands: Object.fromEntries(
          commands.map(([name, { short, help }]) => [
            name,
            { ...(short === undefined ? {} : { short }), description: help },
          ]),
        ),
        allowed_options: Object.fromEntries(
          options.map((name) => [`-${name}`, utility.flags?.includes(name) === true ? "flag" : "string"]),
        ),
      });
    },
  },
  {
    method: "POST",
    path: /^\/cli\/([^/]+)\/call$/,
    async run({ state, params: [id = ""], body }) {
      if (utilities[id] === undefined) throw new RestRefusal(404, `Utility ${id} not found`);
      if (!Array.isArray(body["params"])) throw new RestRefusal(400, "params must be a list");
      const words = ["bin", id, ...body["params"].map(String)];
      const env = (body["env"] ?? {}) as Record<string, string>;
      const end = await runPlesk(state, { words, env, cwd: "/", stdin: "" });
      if (end === undefined) throw new RestRefusal(500, "The utility does not answer.");
      return ok({ code: end.code, stdout: end.stdout, stderr: end.stderr });
    },
  },
];
