import { createHash } from "node:crypto";
import type { Dependency } from "./dependencies.ts";
import type { Runtime } from "./runtime.ts";

/**
 * What is inside, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): the program, its dependencies as locked, and
 * the Node runtime with the hash of its binary.
 */
export function billOfMaterials(parts: {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly Dependency[];
  readonly runtime: Runtime;
}): object {
  const { name, version, dependencies, runtime } = parts;
  const libraries = dependencies.map((dependency) => ({
    type: "library",
    "bom-ref": purl(dependency.name, dependency.version),
    name: dependency.name,
    version: dependency.version,
    purl: purl(dependency.name, dependency.version),
    hashes: [hashOf(dependency.integrity)],
    licenses: dependency.license === "" ? [] : [{ expression: dependency.license }],
  }));
  const unique = new Map(libraries.map((library) => [library["bom-ref"], library]));
  const program = { type: "application", "bom-ref": `${name}@${version}`, name, version };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { ...program, licenses: [{ expression: "MIT" }] } },
    components: [
      {
        type: "platform",
        "bom-ref": purl(runtime.package, runtime.version),
        name: runtime.package,
        version: runtime.version,
        purl: purl(runtime.package, runtime.version),
        hashes: [{ alg: "SHA-256", content: createHash("sha256").update(runtime.binary).digest("hex") }],
        licenses: [{ license: { name: "Node.js licence; bin/node.LICENSE in the package" } }],
      },
      ...unique.values(),
    ],
    dependencies: [
      { ref: program["bom-ref"], dependsOn: [purl(runtime.package, runtime.version), ...unique.keys()] },
    ],
  };
}

function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** From `sha512-BASE64` to CycloneDX's form. */
function hashOf(integrity: string): { alg: string; content: string } {
  const [algorithm = "", digest = ""] = integrity.split("-", 2);
  return {
    alg: algorithm.toUpperCase().replace("SHA", "SHA-"),
    content: Buffer.from(digest, "base64").toString("hex"),
  };
}
