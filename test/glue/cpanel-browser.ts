import { Agent, request } from "undici";
import type { CpanelServer } from "../demo/servers/cpanel.ts";

/** One request of a browser that has logged in; redirects are not followed. */
export async function panelRequest(
  { lab }: CpanelServer,
  service: "cpanel" | "whm",
  session: { readonly cookie: string; readonly token: string },
  path: string,
  form?: { readonly type: string; readonly body: string | Buffer },
): Promise<{ status: number; headers: Record<string, string>; body: Buffer; text: string }> {
  const dispatcher = new Agent({
    connect: {
      ca: lab.panelCaPem,
      lookup: (_name, options, done) =>
        options.all === true ? done(null, [{ address: lab.address, family: 4 }]) : done(null, lab.address, 4),
    },
  });
  try {
    const origin = service === "whm" ? lab.whmUrl : lab.cpanelUrl;
    const answer = await request(`${origin}${session.token}${path}`, {
      dispatcher,
      method: form === undefined ? "GET" : "POST",
      headers: {
        cookie: session.cookie,
        referer: `${origin}${session.token}/`,
        ...(form === undefined ? {} : { "content-type": form.type }),
      },
      body: form?.body ?? null,
    });
    const body = Buffer.from(await answer.body.arrayBuffer());
    const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(headers) as Record<string, string>,
      body,
      text: body.toString("utf8"),
    };
  } finally {
    await dispatcher.close();
  }
}
