/** One line or record of a zone file, as `parse_zone` tells it (spec §4.10). */
export type ZoneLine =
  | { type: "comment" | "control"; index: number; text: string; lines: number }
  | {
      type: "record";
      index: number;
      /** As written: absolute with a closing dot, else relative to the zone. */
      name: string;
      ttl: number;
      recordType: string;
      data: string[];
      lines: number;
    };

/** Reads a zone file in the form named has it; records may span lines within parentheses. */
export function parseZone(text: string): ZoneLine[] {
  const lines = text.replace(/\n$/, "").split("\n");
  const parsed: ZoneLine[] = [];
  let lastName = "";
  let defaultTtl = 14_400;
  for (let index = 0; index < lines.length; ) {
    const first = lines[index] ?? "";
    if (/^\s*(?:;|$)/.test(first)) {
      parsed.push({ type: "comment", index, text: first, lines: 1 });
      index += 1;
      continue;
    }
    if (first.startsWith("$")) {
      const ttl = /^\$TTL\s+(\d+)/i.exec(first);
      if (ttl !== null) defaultTtl = Number(ttl[1]);
      parsed.push({ type: "control", index, text: first, lines: 1 });
      index += 1;
      continue;
    }
    let whole = first;
    let count = 1;
    while (openParentheses(whole) > 0 && index + count < lines.length) {
      whole += `\n${lines[index + count] ?? ""}`;
      count += 1;
    }
    const words = wordsOf(whole);
    const name = /^\s/.test(first) ? lastName : (words.shift() ?? "");
    lastName = name;
    let ttl = defaultTtl;
    while (/^(?:\d+|IN)$/i.test(words[0] ?? "")) {
      const word = words.shift() ?? "";
      if (/^\d+$/.test(word)) ttl = Number(word);
    }
    const recordType = (words.shift() ?? "").toUpperCase();
    parsed.push({ type: "record", index, name, ttl, recordType, data: words, lines: count });
    index += count;
  }
  return parsed;
}

/** One record as a line of a zone file; texts are quoted and cut into strings of 255 bytes (RFC 1035 §3.3.14). */
export function recordLine(name: string, ttl: number, type: string, data: readonly string[]): string {
  const texts = type === "TXT" ? data.flatMap((text) => text.match(/[\s\S]{1,255}/g) ?? [""]) : data;
  const words = texts.map((word, index) => {
    const quoted = type === "TXT" || (type === "CAA" && index === 2);
    return quoted ? `"${word.replaceAll(/["\\]/g, "\\$&")}"` : word;
  });
  return [name, ttl, "IN", type, ...words].join("\t");
}

function openParentheses(text: string): number {
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").replaceAll(/;.*$/gm, "");
  return bare.split("(").length - bare.split(")").length;
}

/** Words of a record; quotes are taken off, comments and parentheses dropped. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/"((?:[^"\\]|\\.)*)"|;[^\n]*|[()]|([^\s;()"]+)/g)) {
    if (match[1] !== undefined) words.push(match[1].replaceAll(/\\(.)/g, "$1"));
    else if (match[2] !== undefined) words.push(match[2]);
  }
  return words;
}

/** A name as in a zone file, absolute and without its closing dot. */
export function absoluteName(name: string, zone: string): string {
  if (name === "@" || name === "") return zone;
  return name.endsWith(".") ? name.slice(0, -1) : `${name}.${zone}`;
}
