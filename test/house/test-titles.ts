import { readFileSync } from "node:fs";
import { parseSync } from "@swc/core";

/* What the tests of a file are called, read from its code: a comment, a fixture or a message that says the same is no test. */

interface Node {
  readonly type?: string;
  readonly [key: string]: unknown;
}

/**
 * The titles of a file's tests and groups of tests, and the rows that `each` puts into them. A part that is filled in when it
 * runs is `…`.
 */
export function titlesOf(path: string): string[] {
  const tree = parseSync(readFileSync(path, "utf8"), { syntax: "typescript" }) as unknown as Node;
  const nodes = [...walk(tree)];
  const tables = new Map(
    nodes.flatMap((node) =>
      node.type === "VariableDeclarator"
        ? [[String((node["id"] as Node)["value"]), node["init"] as Node | null] as const]
        : [],
    ),
  );
  return nodes.flatMap((node) => (node.type === "CallExpression" ? titlesIn(node, tables) : []));
}

function titlesIn(call: Node, tables: ReadonlyMap<string, Node | null>): string[] {
  const [first, ...others] = (call["arguments"] as { expression: Node }[]).map(({ expression }) =>
    bare(expression),
  );
  const callee = call["callee"] as Node;
  if (callee.type === "MemberExpression" && (callee["property"] as Node)["value"] === "each") {
    const table = first?.type === "Identifier" ? bare(tables.get(String(first["value"])) ?? {}) : first;
    return elementsOf(table).flatMap((row) => textOf(row) ?? textOf(elementsOf(row)[0] ?? {}) ?? []);
  }
  const runs = others.some(({ type }) => type === "ArrowFunctionExpression" || type === "FunctionExpression");
  const title = runs && first !== undefined ? textOf(first) : null;
  return title === null ? [] : [title];
}

function elementsOf(node: Node | undefined): Node[] {
  if (node?.type !== "ArrayExpression") return [];
  return (node["elements"] as ({ expression: Node } | null)[]).flatMap((element) =>
    element === null ? [] : [bare(element.expression)],
  );
}

/** Null when it is no text. */
function textOf(node: Node): string | null {
  if (node.type === "StringLiteral") return String(node["value"]);
  if (node.type !== "TemplateLiteral") return null;
  return (node["quasis"] as { cooked: string }[]).map(({ cooked }) => cooked).join("…");
}

/** Without the types around it. */
function bare(node: Node): Node {
  const typed = ["TsAsExpression", "TsConstAssertion", "TsSatisfiesExpression", "ParenthesisExpression"];
  return typed.includes(node.type ?? "") ? bare(node["expression"] as Node) : node;
}

function* walk(node: unknown): Generator<Node> {
  if (node === null || typeof node !== "object") return;
  if (!Array.isArray(node)) yield node as Node;
  for (const inner of Object.values(node)) yield* walk(inner);
}
