import type { PanelCall } from "./panel-call.ts";

/**
 * Input of a legacy command (spec §3.2): query and body together, the body winning. A body called JSON that is none
 * is read as a form, since published clients send one under that name.
 */
export function readLegacyForm(call: Pick<PanelCall, "query" | "headers" | "body">): Map<string, string> {
  const form = new Map(call.query);
  const text = call.body.toString("utf8");
  const type = call.headers["content-type"] ?? "";
  if (type.startsWith("multipart/")) return form;
  if (text.trimStart().startsWith("{")) {
    for (const [name, value] of Object.entries(parseObject(text))) form.set(name, textOf(value));
    return form;
  }
  for (const [name, value] of new URLSearchParams(repairEntities(text))) form.set(name, value);
  return form;
}

/** `txtrecs0=name=X&amp;value="…"`: a client in wide use sends the entity, and the panel takes it (spec §3.8). */
function repairEntities(text: string): string {
  return text.replaceAll("&amp;", "%26");
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function textOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}
