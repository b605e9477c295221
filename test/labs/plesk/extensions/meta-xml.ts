import { PanelRefusal } from "../panel-refusal.ts";
import { parseXml, type XmlElement } from "../xml.ts";

/** What an extension says of itself (spec plesk §1.3). */
export interface ExtensionMeta {
  id: string;
  name: string;
  version: string;
  release: string;
}

const longestName = 60;

/** Checks `meta.xml` against the rules and this server's version. */
export function readMeta(text: string, pleskVersion: string): ExtensionMeta {
  const root = parse(text);
  const value = (name: string): string => root.children.find((one) => one.name === name)?.text.trim() ?? "";
  const [id, name, version] = [value("id"), value("name"), value("version")];
  if (root.name !== "module") throw refusal("the root element must be <module>");
  if (!/^[a-z][a-z0-9-]*$/.test(id)) throw refusal(`the id '${id}' is invalid`);
  if (name === "" || name.length >= longestName) throw refusal("the name is missing or too long");
  // Translations of it carry a language; the English one doesn't.
  const english = root.children.find(
    (one) => one.name === "description" && one.attributes["xml:lang"] === undefined,
  );
  if ((english?.text.trim() ?? "") === "") throw refusal("the description is missing");
  if (!/^\d+(\.\d+)*$/.test(version)) throw refusal(`the version '${version}' is invalid`);
  const os = root.children.filter((one) => one.name === "os").map((one) => one.text.trim());
  if (os.length > 0 && !os.includes("unix"))
    throw new PanelRefusal(1023, "The extension does not support this operating system.");
  const [least, most] = [value("plesk_min_version"), value("plesk_max_version")];
  if (
    (least !== "" && compareVersions(pleskVersion, least) < 0) ||
    (most !== "" && compareVersions(pleskVersion, most) > 0)
  ) {
    throw new PanelRefusal(1023, `The extension is not compatible with Plesk ${pleskVersion}.`);
  }
  return { id, name, version, release: value("release") };
}

/** Negative when the first is older. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [one.split("."), other.split(".")];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = Number(left[at] ?? 0) - Number(right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parse(text: string): XmlElement {
  try {
    return parseXml(text);
  } catch (cause) {
    throw refusal(cause instanceof Error ? cause.message : String(cause));
  }
}

function refusal(problem: string): PanelRefusal {
  return new PanelRefusal(1019, `The extension's meta.xml is invalid: ${problem}.`);
}
