import { PanelRefusal } from "../panel-refusal.ts";
import { pageHeaders } from "./page-headers.ts";
import { type PanelCall, plain, readForm } from "./panel-call.ts";
import { escapeHtml, framedPage } from "./shell.ts";

/** `/modules/sslit/…`: the page of a domain's certificate, and the route its upload form posts to (spec plesk §3.6). */
export async function answerSslIt(call: PanelCall): Promise<void> {
  const { state, session, url, response } = call;
  if (session === undefined) return plain(response, 403, "<h1>Please log in</h1>\n");
  const { fields } = readForm(call);
  const upload = url.pathname.startsWith("/modules/sslit/index.php/index/upload");
  const id = Number(upload ? fields.get("id") : /\/id\/(\d+)/.exec(url.pathname)?.[1]);
  const site = state.database.siteById(id);
  if (site === undefined || !state.database.mayAccess(session.client, site)) {
    return plain(response, 403, "<h1>Permission denied</h1>\n");
  }
  if (upload) {
    try {
      await state.sslIt.upload(site, fields.get("fileContent") ?? "");
      return json(call, { status: "success", actionMessages: [] });
    } catch (cause) {
      if (!(cause instanceof PanelRefusal)) throw cause;
      return json(call, { status: "error", actionMessages: [{ status: "error", content: cause.message }] });
    }
  }
  const row = state.database.certificateById(site.certificateId);
  const content = `<section class="card"><p>Certificate: ${escapeHtml(row?.name ?? "none")}</p><p>Keep websites secured: ${site.keepSecured ? "On" : "Off"}</p></section>`;
  const title = `SSL/TLS Certificate for ${site.displayName}`;
  response
    .writeHead(200, pageHeaders(state))
    .end(await framedPage(state, session, { title, content, messages: [] }));
}

function json({ response }: PanelCall, body: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}
