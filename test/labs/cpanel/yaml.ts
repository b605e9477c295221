/** The little YAML that cPanel writes: maps of strings, lists of strings, one map in a map; and its command line output. */

type YamlValue = string | string[] | Record<string, string>;

/** Reads what {@link writeYaml} writes. */
export function readYaml(text: string): Record<string, YamlValue> {
  const read: Record<string, YamlValue> = {};
  let current = "";
  for (const line of text.split("\n")) {
    const item = /^ {2}- (.*)$/.exec(line);
    const inner = /^ {2}(\S[^:]*): (.*)$/.exec(line);
    const outer = /^(\S[^:]*):(?: (.*))?$/.exec(line);
    if (item !== null) {
      const list = read[current];
      read[current] = [...(Array.isArray(list) ? list : []), plain(item[1] ?? "")];
    } else if (inner !== null) {
      const map = read[current];
      const before = typeof map === "object" && !Array.isArray(map) ? map : {};
      read[current] = { ...before, [plain(inner[1] ?? "")]: plain(inner[2] ?? "") };
    } else if (outer !== null) {
      current = outer[1] ?? "";
      const value = outer[2] ?? "";
      read[current] = value === "[]" ? [] : value === "{}" ? {} : plain(value);
    }
  }
  return read;
}

function plain(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text.replaceAll(/^'|'$/g, "");
}

export function writeYaml(values: Readonly<Record<string, YamlValue>>): string {
  const lines = Object.entries(values)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => {
      if (typeof value === "string") return [`${name}: ${scalar(value)}`];
      if (Array.isArray(value)) {
        return value.length === 0
          ? [`${name}: []`]
          : [`${name}:`, ...value.map((one) => `  - ${scalar(one)}`)];
      }
      const entries = Object.entries(value);
      if (entries.length === 0) return [`${name}: {}`];
      return [`${name}:`, ...entries.map(([key, one]) => `  ${scalar(key)}: ${scalar(one)}`)];
    });
  return `---\n${lines.join("\n")}\n`;
}

/** The default output of the command line (spec §4.3): sorted, two spaces a step, `~` for null, an empty hash with a blank line. */
export function yamlOutput(value: Readonly<Record<string, unknown>>): string {
  return `---\n${mapLines(value, "").join("\n")}\n`;
}

function mapLines(value: Readonly<Record<string, unknown>>, indent: string): string[] {
  return Object.keys(value)
    .toSorted()
    .flatMap((name) => entryLines(`${indent}${scalar(name)}:`, value[name], `${indent}  `));
}

function entryLines(head: string, value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.length === 0 ? [`${head} []`, ""] : [head, ...listLines(value, indent)];
  }
  if (value !== null && typeof value === "object") {
    if (Object.keys(value).length === 0) return [`${head} {}`, ""];
    return [head, ...mapLines(value as Record<string, unknown>, indent)];
  }
  return [`${head} ${scalar(value)}`];
}

function listLines(list: readonly unknown[], indent: string): string[] {
  return list.flatMap((item) => {
    if (item === null || typeof item !== "object") return [`${indent}- ${scalar(item)}`];
    return [
      `${indent}-`,
      ...(Array.isArray(item)
        ? listLines(item, `${indent}  `)
        : mapLines(item as Record<string, unknown>, `${indent}  `)),
    ];
  });
}

/** Quoted only where the plain form would be read as something else. */
function scalar(value: unknown): string {
  if (value === null || value === undefined) return "~";
  const text = String(value);
  if (text === "") return "''";
  if (/[\n\t\r"]|^\s|\s$|: |^[*&!|>%@`{[#,?~-]|:$/.test(text)) return JSON.stringify(text);
  return text;
}
