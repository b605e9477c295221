import type { ApiLogin } from "../api-login.ts";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { ClientRow, SiteRow } from "../records.ts";
import type { Sessions } from "../sessions.ts";
import { textOf, type XmlElement, type XmlTree } from "../xml.ts";

/** One operation of a packet and who asks for it. */
export interface Operation {
  readonly state: LabState;
  readonly login: ApiLogin;
  readonly sessions: Sessions;
  readonly client: ClientRow;
  readonly address: string;
  readonly request: XmlElement;
}

/** Contents of each `result`; a refusal inside becomes a result of its own. */
export type Operator = Readonly<Record<string, (operation: Operation) => Promise<Outcome[]> | Outcome[]>>;

export type Outcome = XmlTree | PanelRefusal;

export const unexpected = (name: string): PanelRefusal =>
  new PanelRefusal(
    1014,
    `Parser error: Request is invalid. Error in line 0: Element '${name}': This element is not expected.`,
  );

/** The order of elements is significant: children must come as the schema lists them, and no others. */
export function checkSequence(element: XmlElement, names: readonly string[]): void {
  let at = 0;
  for (const child of element.children) {
    const place = names.indexOf(child.name);
    if (place < at) throw unexpected(child.name);
    at = place;
  }
}

export function needed(element: XmlElement | undefined, ...path: string[]): string {
  const text = textOf(element, ...path);
  if (text === undefined) throw unexpected(element?.name ?? path.at(-1) ?? "");
  return text;
}

export function adminOnly({ client }: Operation): void {
  if (client.role !== "admin") throw new PanelRefusal(1006, "Permission denied");
}

export function notForCustomers({ client }: Operation): void {
  if (client.role === "client") throw new PanelRefusal(1006, "Permission denied");
}

export function accessible({ state, client }: Operation): SiteRow[] {
  return state.database.tables.sites.filter((site) => state.database.mayAccess(client, site));
}

/** Runs one piece of an operation; its refusal is an outcome of its own. */
export async function outcome(work: () => Promise<XmlTree> | XmlTree): Promise<Outcome> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof PanelRefusal) return cause;
    throw cause;
  }
}
