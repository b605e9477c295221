import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const source = join(root, "plugin/plesk");
const tools = join(root, ".tools");
const files = globSync(["**/*.php", "**/*.phtml"], { cwd: source }).sort();
const runtime = join(root, "test/labs/plesk/php");

test.each(files)("%s is sound PHP", (file) => {
  expect(execFileSync("php", ["-l", join(source, file)], { encoding: "utf8" })).toContain("No syntax errors");
});

const phpstan = [join(tools, "phpstan/phpstan"), "phpstan"].find(
  (program) => spawnSync(program, ["--version"]).status === 0,
);
const published = ["plesk-pm-api-stubs", "plesk-zf1"].every((name) =>
  existsSync(join(tools, "clients", name)),
);
const analysed = phpstan !== undefined && published;
(analysed ? test : test.skip)(
  `PHPStan finds nothing at its highest level against the published stubs${analysed ? "" : " (skipped: phpstan, which neither Debian 12 or 13 nor npm has, the stubs or the panel's Zend Framework are not at hand)"}`,
  () => {
    const config = join(import.meta.dirname, "phpstan.neon");
    const found = spawnSync(phpstan ?? "", ["analyse", "-c", config, "--no-progress", "--error-format=raw"], {
      encoding: "utf8",
    });
    expect([found.stdout.trim(), found.status]).toEqual(["", 0]);
  },
);

test("every class of the panel that is named exists in its runtime, with the method or constant that is used, and takes what it is given", () => {
  const uses = files.flatMap((file) => {
    const text = readFileSync(join(source, file), "utf8");
    return [...text.matchAll(/\b(pm_\w+)::\$?(\w+)(\()?/g)].map(([, type, member, call]) => ({
      file,
      type: type ?? "",
      member: member ?? "",
      kind: call === undefined ? "member" : "method",
    }));
  });
  expect(uses.length).toBeGreaterThan(30);
  const script = `
    $uses = json_decode(stream_get_contents(STDIN), true);
    foreach ($uses as $use) {
      $type = new ReflectionClass($use['type']);
      $there = $use['kind'] === 'method' ? $type->hasMethod($use['member'])
        : $type->hasConstant($use['member']) || $type->hasProperty($use['member']);
      if (!$there) echo $use['file'], ': ', $use['type'], '::', $use['member'], "\\n";
    }`;
  expect(inRuntime(script, JSON.stringify(uses))).toBe("");
});

test("every hook, task, service and notification is what the panel loads under its name, with nothing left abstract", () => {
  const classes = files
    .filter((file) => /^plib\/(hooks|library)\//.test(file))
    .map((file) => [
      file,
      `Modules_XolphinSsl_${file.replace(/^plib\/(hooks|library)\/|\.php$/g, "").replaceAll("/", "_")}`,
    ]);
  const script = `
    spl_autoload_register(static function (string $class): void {
      $path = str_replace('_', '/', substr($class, strlen('Modules_XolphinSsl_')));
      foreach (['hooks', 'library'] as $folder) {
        $file = '${source}/plib/' . $folder . '/' . $path . '.php';
        if (str_starts_with($class, 'Modules_XolphinSsl_') && is_file($file)) require_once $file;
      }
    });
    foreach (json_decode(stream_get_contents(STDIN), true) as [$file, $class]) {
      if (!class_exists($class)) echo "$file holds no $class\\n";
      elseif ((new ReflectionClass($class))->isAbstract()) echo "$class leaves something abstract\\n";
    }`;
  expect(inRuntime(script, JSON.stringify(classes))).toBe("");
});

test("entries are thin: at most forty lines of code, and what is not an entry stays readable at a glance", () => {
  for (const file of [...files, "sbin/xolctl", "sbin/xolevents"]) {
    const lines = readFileSync(join(source, file), "utf8")
      .split("\n")
      .filter((line) => !/^\s*($|\/\/|\/?\*|#)/.test(line));
    const most = /^(plib\/library|plib\/resources|plib\/hooks\/WebServer)/.test(file) ? 60 : 40;
    expect([file, lines.length <= most]).toEqual([file, true]);
  }
});

test("nothing in the glue runs a program of its own, evaluates text, or reads who is asking from the request", () => {
  for (const file of files) {
    const text = readFileSync(join(source, file), "utf8");
    expect([
      file,
      /\b(eval|exec|shell_exec|system|passthru|proc_open|popen|unserialize)\s*\(/.test(text),
    ]).toEqual([file, false]);
    expect([file, /\$_(GET|REQUEST)\b/.test(text)]).toEqual([file, false]);
  }
});

test("each sentence is there in every language", () => {
  const read = (language: string): string[] =>
    [
      ...readFileSync(join(source, `plib/resources/locales/${language}.php`), "utf8").matchAll(
        /^ {4}'(\w+)' =>/gm,
      ),
    ].map(([, name]) => name ?? "");
  const english = read("en-US");
  expect(read("nl-NL")).toEqual(english);
  const used = files.flatMap((file) =>
    [...readFileSync(join(source, file), "utf8").matchAll(/lmsg\('(\w+)'/g)].map(([, name]) => name ?? ""),
  );
  expect([...new Set(used)].filter((name) => !english.includes(name))).toEqual([]);
});

test("the description of the extension is in English and Dutch, and its icons have the sizes that the panel shows", () => {
  const meta = readFileSync(join(source, "meta.xml"), "utf8");
  const said = [...meta.matchAll(/<description( xml:lang="[^"]*")?>([^<]+)</g)];
  expect(said.map(([, language]) => language)).toEqual([undefined, ' xml:lang="nl-NL"']);
  expect(new Set(said.map(([, , text]) => text)).size).toBe(2);
  const [, name = ""] = /<name>([^<]+)</.exec(meta) ?? [];
  expect(name.length).toBeLessThanOrEqual(25);
  for (const file of ["DESCRIPTION.md", "_meta/descriptions/nl-NL.md"]) {
    expect(readFileSync(join(source, file), "utf8").length).toBeGreaterThan(200);
  }
  for (const size of [32, 64, 128]) {
    const icon = readFileSync(join(source, `_meta/icons/${size}x${size}.png`));
    expect([icon.toString("latin1", 1, 4), icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([
      "PNG",
      size,
      size,
    ]);
  }
});

test.each([["xolctl"], ["xolevents"]])("root's side refuses every word that %s does not know", (script) => {
  for (const words of [
    [],
    ["install; id"],
    ["../../bin/sh"],
    ["start", "nginx"],
    ["--help"],
    ["restored", "1;id"],
    ["restored", "-1"],
    ["restored", "007"],
  ]) {
    const { status, stdout } = spawnSync(join(source, "sbin", script), words, { encoding: "utf8" });
    expect([words, status, stdout]).toEqual([words, 2, ""]);
  }
});

/** Runs PHP with the lab's stand-ins for the panel's classes; what it prints. */
function inRuntime(script: string, input: string): string {
  const { stdout, stderr } = spawnSync(
    "php",
    ["-d", `include_path=.:${runtime}`, "-d", "display_errors=stderr", "-r", `require "sdk.php"; ${script}`],
    { encoding: "utf8", input, env: { PATH: process.env["PATH"] ?? "", LAB_BARE: "1" } },
  );
  return `${stdout}${stderr}`;
}
