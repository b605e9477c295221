import { parseDocument } from "yaml";

/** One setting by its keys, and what it shall be. */
export interface SettingChange {
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** The configuration of a server on which nothing has been answered yet. */
export function firstConfig(panelKind: string, passwordFile: string): string {
  return `# Settings of Xolphin SSL; the administrator's guide explains every key.
# After a change: systemctl reload xolphin-ssl (the old settings stay in force when the new ones have faults).
ca:
  username: null
  passwordFile: ${passwordFile}
panel:
  kind: ${panelKind}
`;
}

/** Sets these keys and leaves everything else, comments included, as the administrator wrote it. */
export function changeConfig(text: string, changes: readonly SettingChange[]): string {
  if (changes.length === 0) return text;
  const document = parseDocument(text);
  for (const { keys, value } of changes) document.setIn(keys, document.createNode(value));
  return document.toString({ lineWidth: 0 });
}

/** What is there of a setting; undefined when the file says nothing. */
export function readConfig(text: string, keys: readonly string[]): unknown {
  const node = parseDocument(text).getIn(keys) as { toJSON?: () => unknown } | undefined;
  return typeof node === "object" && node !== null && node.toJSON !== undefined ? node.toJSON() : node;
}

/** A nested object of settings as single changes; lists and plain values are set whole. */
export function changesOf(settings: object, keys: readonly string[] = []): SettingChange[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const path = [...keys, key];
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? changesOf(value as object, path)
      : [{ keys: path, value }];
  });
}
