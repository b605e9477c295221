/** An element of an XML document; comments and processing instructions are left out. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Its own text, without that of its children. */
  text: string;
}

export class XmlError extends Error {}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Parses a document without DTD; anything that is not well-formed is an {@link XmlError}. */
export function parseXml(source: string): XmlElement {
  const text = source.replace(/^﻿/, "");
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open: XmlElement[] = [root];
  const token =
    /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) throw new XmlError("Document is not well-formed");
    const [, cdata, closing, opening, attributes = "", selfClosing, content] = match;
    const current = open.at(-1) ?? root;
    if (cdata !== undefined) current.text += cdata;
    else if (content !== undefined) current.text += decode(content);
    else if (closing !== undefined) {
      if (current.name !== closing || open.length < 2)
        throw new XmlError(`Opening and ending tag mismatch: ${closing}`);
      open.pop();
    } else if (opening !== undefined) {
      const element: XmlElement = {
        name: opening,
        attributes: readAttributes(attributes),
        children: [],
        text: "",
      };
      current.children.push(element);
      if (selfClosing === "") open.push(element);
    }
  }
  const [only, ...more] = root.children;
  if (only === undefined || more.length > 0 || open.length > 1 || root.text.trim() !== "") {
    throw new XmlError("Document is not well-formed");
  }
  return only;
}

export function child(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  let found = element;
  for (const name of path) found = found?.children.find((one) => one.name === name);
  return found;
}

/** Trimmed text of an element below; undefined when it isn't there. */
export function textOf(element: XmlElement | undefined, ...path: string[]): string | undefined {
  return child(element, ...path)?.text.trim();
}

export type XmlValue = string | number | boolean | undefined | XmlElement | XmlTree | readonly XmlValue[];
/** A tree to write: an array repeats its element, undefined leaves it out. */
export interface XmlTree {
  readonly [name: string]: XmlValue;
}

/** Elements of a tree, in the order of its keys. */
export function elements(tree: XmlTree): XmlElement[] {
  return Object.entries(tree).flatMap(([name, value]) => elementsOf(name, value));
}

export function element(name: string, tree: XmlTree, attributes: Record<string, string> = {}): XmlElement {
  return { name, attributes, children: elements(tree), text: "" };
}

function elementsOf(name: string, value: XmlValue): XmlElement[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((one) => elementsOf(name, one as XmlValue));
  if (typeof value !== "object") return [{ name, attributes: {}, children: [], text: String(value) }];
  if (isElement(value)) return [value];
  return [element(name, value as XmlTree)];
}

function isElement(value: object): value is XmlElement {
  return Array.isArray((value as XmlElement).children) && typeof (value as XmlElement).name === "string";
}

/** One line without `pretty`, else one element per indented line. */
export function writeXml(root: XmlElement, pretty: boolean): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, pretty ? 0 : undefined)}\n`;
}

function write({ name, attributes, children, text }: XmlElement, depth: number | undefined): string {
  const indent = depth === undefined ? "" : "  ".repeat(depth);
  const said = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${encode(value)}"`)
    .join("");
  if (children.length === 0) {
    return text === "" ? `${indent}<${name}${said}/>` : `${indent}<${name}${said}>${encode(text)}</${name}>`;
  }
  const end = depth === undefined ? "" : "\n";
  const inner = children.map((one) => write(one, depth === undefined ? undefined : depth + 1)).join(end);
  return `${indent}<${name}${said}>${end}${inner}${end}${indent}</${name}>`;
}

function readAttributes(text: string): Record<string, string> {
  const pairs = text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries(
    [...pairs].map(([, name = "", one, other]) => [name, decode(one ?? other ?? "")]),
  );
}

function decode(text: string): string {
  return text.replaceAll(/&(#x[\da-f]+|#\d+|\w+);?/gi, (whole, code: string) => {
    if (!whole.endsWith(";")) throw new XmlError("EntityRef: expecting ';'");
    if (code.startsWith("#x")) return String.fromCodePoint(Number.parseInt(code.slice(2), 16));
    if (code.startsWith("#")) return String.fromCodePoint(Number(code.slice(1)));
    const known = named[code];
    if (known === undefined) throw new XmlError(`Entity '${code}' not defined`);
    return known;
  });
}

function encode(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? "&quot;");
}
