import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const php = "/usr/bin/php";
const stubs = resolve(import.meta.dirname, "../../../.tools/clients/plesk-pm-api-stubs");
const runtime = resolve(import.meta.dirname, "../plesk/php");
const hasPhp = existsSync(php);
const found = hasPhp && existsSync(stubs);

/** Prints constants and public methods of classes, one process for the stubs and one for the lab's. */
const printer = `<?php
spl_autoload_register(function ($class) use ($argv) {
    if (str_starts_with($class, 'Zend_') && !str_starts_with($class, 'Zend_Lab_')) {
        eval((str_ends_with($class, '_Interface') ? 'interface ' : 'abstract class ') . $class . ' {}');
    }
    $file = $argv[1] . '/' . strtr($class, '_', '/') . '.php';
    if (str_starts_with($class, 'pm_') && is_file($file)) {
        require_once $file;
    }
    if (str_starts_with($class, 'Psr\\\\')) {
        eval('namespace Psr\\Container; interface ContainerInterface {}');
    }
});
foreach (array_slice($argv, 2) as $file) {
    require_once $file;
}
$types = array_merge(get_declared_classes(), get_declared_interfaces());
$said = [];
foreach ($types as $name) {
    $class = new ReflectionClass($name);
    if (!preg_match('/^(pm_|Plesk\\\\\\\\SDK)/', $name)) {
        continue;
    }
    $methods = [];
    foreach ($class->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
        if ($method->getDeclaringClass()->getName() !== $name || str_starts_with($method->getName(), 'lab')) {
            continue;
        }
        $parameters = [];
        foreach ($method->getParameters() as $one) {
            $default = $one->isDefaultValueAvailable() ? ' = ' . json_encode($one->getDefaultValue()) : '';
            $parameters[] = trim($one->getType() . ' ' . ($one->isVariadic() ? '...' : '') . '$' . $one->getName() . $default);
        }
        $methods[$method->getName()] = ($method->isStatic() ? 'static ' : '') . ($method->isAbstract() ? 'abstract ' : '')
            . '(' . implode(', ', $parameters) . ')' . ($method->hasReturnType() ? ': ' . $method->getReturnType() : '');
    }
    $constants = [];
    foreach ($class->getReflectionConstants() as $one) {
        if ($one->isPublic() && $one->getDeclaringClass()->getName() === $name) {
            $constants[$one->getName()] = $one->getValue();
        }
    }
    $said[$name] = ['methods' => (object) $methods, 'constants' => (object) $constants];
}
echo json_encode($said);
`;

interface ClassShape {
  methods: Record<string, string>;
  constants: Record<string, unknown>;
}

function shapes(root: string, files: readonly string[]): Record<string, ClassShape> {
  const folder = mkdtempSync(join(tmpdir(), "plesk-stubs-"));
  try {
    writeFileSync(join(folder, "print.php"), printer);
    const output = execFileSync(php, ["-f", join(folder, "print.php"), "--", root, ...files], {
      encoding: "utf8",
    });
    return JSON.parse(output) as Record<string, ClassShape>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bases come before what extends them. */
function ordered(files: readonly string[]): string[] {
  const first = ["Interface.php", "/Exception.php", "hooks.php"];
  const rank = (file: string): number => {
    const at = first.findIndex((end) => file.endsWith(end));
    return at === -1 ? first.length : at;
  };
  return [...files].sort((one, other) => rank(one) - rank(other) || one.length - other.length);
}

/** Published, and not in the lab: nothing an extension for certificates has reason to call. */
const leftOut: Readonly<Record<string, readonly string[]>> = {
  pm_Bootstrap: ["getContainer"],
  pm_Dns_SoaRecord:
    "getTtl setTtl getRefresh setRefresh getRetry setRetry getExpire setExpire getMinimum setMinimum getZone save".split(
      " ",
    ),
  pm_Extension: ["installById", "installByUrl", "installByFile"],
  pm_FileManager: ["find", "zip", "unzip"],
  pm_ProductInfo: [
    "getHWID",
    "getVirtualization",
    "getHyperscalerName",
    "hasHyperscalerIpMapping",
    "getHyperscalerIpMapping",
  ],
  pm_WebServer: ["nginx", "apache", "iis"],
};

const files = hasPhp ? globSync("pm/**/*.php", { cwd: runtime }).map((name) => join(runtime, name)) : [];

(found ? test : test.skip)(
  `the lab's pm_ classes have the published methods, with their parameters, defaults and types${found ? "" : " (skipped: PHP or plesk/pm-api-stubs is not there)"}`,
  () => {
    const published = shapes(
      stubs,
      ordered(
        globSync(["pm/**/*.php", "SDK/**/*.php"], { cwd: stubs }).map((name) => join(stubs, name)),
      ).filter((file) => !file.includes("Middleware")),
    );
    const own = shapes(runtime, ordered(files));
    const differences: string[] = [];
    for (const [name, shape] of Object.entries(own)) {
      const stub = published[name];
      if (stub === undefined) {
        differences.push(`${name} is not published`);
        continue;
      }
      for (const [method, signature] of Object.entries(stub.methods)) {
        const mine = shape.methods[method];
        if (mine === undefined && leftOut[name]?.includes(method)) continue;
        if (mine !== signature)
          differences.push(`${name}::${method} ${signature}, here ${mine ?? "missing"}`);
      }
      for (const [constant, value] of Object.entries(shape.constants)) {
        if (JSON.stringify(stub.constants[constant]) !== JSON.stringify(value)) {
          differences.push(`${name}::${constant} is ${JSON.stringify(stub.constants[constant])}`);
        }
      }
    }
    expect(differences).toEqual([]);
    expect(Object.keys(own).length).toBeGreaterThan(50);
  },
);

(hasPhp ? test : test.skip)(
  `every PHP file of the lab passes php -l${hasPhp ? "" : " (skipped: PHP is not there)"}`,
  () => {
    const all = globSync("**/*.php", { cwd: runtime }).map((name) => join(runtime, name));
    for (const file of all)
      expect(execFileSync(php, ["-l", file], { encoding: "utf8" })).toContain("No syntax errors");
    expect(all.length).toBeGreaterThan(50);
  },
);
