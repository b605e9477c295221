import { jsonResponse } from "./page-response.ts";
import type { Route } from "./route.ts";

/** For glue that shows something of ours in places of the panel's own (spec plesk §1.7, §1.8). */
export const tallyRoute: Route = {
  path: "/tally",
  async view({ data, request }) {
    return jsonResponse(await data.readTally(request.caller));
  },
};

/** For glue that adds something of ours to the panel's own backup (spec plesk §1.11). */
export const backupRoute: Route = {
  path: "/backup",
  async view({ data, request }) {
    return jsonResponse(await data.readBackup(request.caller));
  },
};
