import type { Caller } from "./authentication.ts";
import type { HttpExchange } from "./cpsrvd.ts";
import { type HttpReply, htmlReply } from "./http-reply.ts";
import type { LabState } from "./lab-state.ts";

/** Pages of the two interfaces; undefined when a page answered by itself. */
export async function answerPage(
  _state: LabState,
  _service: "cpanel" | "whm",
  _caller: Caller,
  exchange: HttpExchange,
): Promise<HttpReply | undefined> {
  return htmlReply(404, `<h1>There is no page ${exchange.url.pathname}</h1>\n`);
}
