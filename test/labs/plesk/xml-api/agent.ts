import type { ApiLogin } from "../api-login.ts";
import type { LabState } from "../lab-state.ts";
import type { PanelCall } from "../panel/panel-call.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { ClientRow } from "../records.ts";
import type { Sessions } from "../sessions.ts";
import { element, parseXml, writeXml, type XmlElement, XmlError, type XmlTree } from "../xml.ts";
import { certificateOperator } from "./certificate-operator.ts";
import { customerOperator, planOperator, resellerOperator } from "./client-operators.ts";
import { dnsOperator } from "./dns-operator.ts";
import { type Operator, type Outcome, unexpected } from "./operation.ts";
import {
  extensionOperator,
  ipOperator,
  mailOperator,
  secretKeyOperator,
  serverOperator,
  sessionOperator,
} from "./server-operators.ts";
import { aliasOperator, siteOperator, subdomainOperator, webspaceOperator } from "./site-operators.ts";

/** Versions of the protocol: minors of 1.6 with the patch levels published for them. */
export const protocols = [
  ...["1.6.0.0", "1.6.0.1", "1.6.0.2", "1.6.3.0", "1.6.3.1", "1.6.3.2", "1.6.3.3", "1.6.3.4", "1.6.3.5"],
  ...["1.6.4.0", "1.6.5.0", "1.6.6.0", "1.6.7.0", "1.6.8.0", "1.6.9.0", "1.6.9.1"],
];
const newest = "1.6.9.1";

const operators: Readonly<Record<string, Operator>> = {
  certificate: certificateOperator,
  webspace: webspaceOperator,
  site: siteOperator,
  subdomain: subdomainOperator,
  "site-alias": aliasOperator,
  dns: dnsOperator,
  server: serverOperator,
  session: sessionOperator,
  secret_key: secretKeyOperator,
  ip: ipOperator,
  mail: mailOperator,
  customer: customerOperator,
  reseller: resellerOperator,
  "service-plan": planOperator,
  extension: extensionOperator,
};

/** `/enterprise/control/agent.php`, the XML API (spec plesk §3.5). */
export class XmlAgent {
  private readonly state: LabState;
  private readonly login: ApiLogin;
  private readonly sessions: Sessions;

  constructor(state: LabState, login: ApiLogin, sessions: Sessions) {
    this.state = state;
    this.login = login;
    this.sessions = sessions;
  }

  async answer(call: Omit<PanelCall, "session">): Promise<void> {
    const { headers } = call.request;
    const pretty = /^true$/i.test(String(headers["http_pretty_print"] ?? ""));
    const address = call.request.socket.remoteAddress ?? "";
    const said = await this.packetFor(call.body.toString("utf8"), address, () =>
      this.authenticate(call, address),
    );
    call.response.writeHead(200, { "content-type": "text/xml; charset=UTF-8" }).end(writeXml(said, pretty));
  }

  /** In-process, as pm_ApiRpc calls it: what stands inside the packet. */
  async callInside(inner: string, version: string | undefined, login: string | undefined): Promise<string> {
    const client = login === undefined ? this.state.database.admin : this.state.database.client(login);
    const packet = `<packet version="${version ?? newest}">${inner}</packet>`;
    const said = await this.packetFor(packet, "127.0.0.1", () => {
      if (client === undefined)
        throw new PanelRefusal(1001, "You have entered incorrect username or password.");
      return client;
    });
    return writeXml(said, false);
  }

  private async packetFor(text: string, address: string, who: () => ClientRow): Promise<XmlElement> {
    try {
      const client = who();
      const packet = parsePacket(text);
      const version = packet.attributes["version"] ?? newest;
      if (!protocols.some((one) => one === version || one.startsWith(`${version}.`))) {
        throw new PanelRefusal(1005, `Unsupported protocol version: ${version}`);
      }
      const children: XmlElement[] = [];
      for (const operator of packet.children)
        children.push(await this.runOperator(operator, client, address));
      return { ...element("packet", {}, { version: newest }), children };
    } catch (cause) {
      if (!(cause instanceof PanelRefusal)) throw cause;
      return element("packet", { system: errorTree(cause) }, { version: newest });
    }
  }

  private async runOperator(operator: XmlElement, client: ClientRow, address: string): Promise<XmlElement> {
    const methods = operators[operator.name];
    if (methods === undefined) throw unexpected(operator.name);
    const children: XmlElement[] = [];
    for (const request of operator.children) {
      const method = methods[request.name];
      if (method === undefined) throw unexpected(request.name);
      const { state, login, sessions } = this;
      const outcomes = await this.outcomesOf(() =>
        method({ state, login, sessions, client, address, request }),
      );
      // A question nothing answers is still answered.
      const results = (outcomes.length === 0 ? [{}] : outcomes).map((one) =>
        element("result", one instanceof PanelRefusal ? errorTree(one) : { status: "ok", ...one }),
      );
      children.push({ name: request.name, attributes: {}, children: results, text: "" });
    }
    return { name: operator.name, attributes: {}, children, text: "" };
  }

  /** What the schema refuses concerns the whole packet, any other refusal is a result. */
  private async outcomesOf(work: () => Promise<Outcome[]> | Outcome[]): Promise<Outcome[]> {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof PanelRefusal) || cause.code === 1014) throw cause;
      return [cause];
    }
  }

  private authenticate(call: Omit<PanelCall, "session">, address: string): ClientRow {
    const { headers } = call.request;
    const key = headers["key"];
    if (typeof key === "string") {
      const client = this.login.byKey(key, address);
      if (client === undefined)
        throw new PanelRefusal(11_003, "The secret key is invalid or cannot be used from this address.");
      return client;
    }
    const client = this.login.byPassword(
      String(headers["http_auth_login"] ?? ""),
      String(headers["http_auth_passwd"] ?? ""),
      address,
    );
    if (client === undefined)
      throw new PanelRefusal(1001, "You have entered incorrect username or password.");
    return client;
  }
}

function parsePacket(text: string): XmlElement {
  try {
    const packet = parseXml(text);
    if (packet.name !== "packet") throw unexpected(packet.name);
    return packet;
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause;
    throw new PanelRefusal(1014, `Parser error: ${cause.message}`);
  }
}

function errorTree({ code, message }: PanelRefusal): XmlTree {
  return { status: "error", errcode: code, errtext: message };
}
