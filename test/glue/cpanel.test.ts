import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readPageAssets } from "../../scripts/packing/page-assets.ts";

const root = join(import.meta.dirname, "../..");
const source = join(root, "plugin/cpanel");
const files = globSync("**/*", { cwd: source }).filter((file) => statSync(join(source, file)).isFile());
const perl = files.filter((file) => /\.(?:pm|pl|cgi)$/.test(file));
const shell = files.filter((file) => textOf(file).startsWith("#!/bin/sh"));

function textOf(file: string): string {
  return readFileSync(join(source, file), "utf8");
}

function lines(file: string): string[][] {
  return textOf(file)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" "));
}

describe("the Perl of the cPanel plugin", () => {
  let stubs: string;
  beforeAll(() => {
    stubs = mkdtempSync(join(tmpdir(), "perl-stubs-"));
    for (const module of [
      "Cpanel::Admin::Base",
      "Cpanel::AdminBin::Call",
      "Cpanel::LiveAPI",
      "Cpanel::Template",
      "Whostmgr::ACLS",
    ]) {
      const path = join(stubs, `${module.replaceAll("::", "/")}.pm`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `package ${module};\n1;\n`);
    }
  });
  afterAll(() => rmSync(stubs, { recursive: true, force: true }));

  test("there are the five files that the panel runs", () => {
    expect(perl.sort()).toEqual([
      "frontend/index.live.pl",
      "perl/Cpanel/API/XolphinSSL.pm",
      "perl/Cpanel/Admin/Modules/XolphinSSL/Bridge.pm",
      "perl/XolphinSSL/Agent.pm",
      "whm/index.cgi",
    ]);
  });

  test.each(perl)("%s compiles without a warning", (file) => {
    const command = ["-I", stubs, "-I", join(source, "perl"), "-wc", join(source, file)];
    const said = spawnSync("perl", command, { encoding: "utf8", env: { PATH: "/usr/bin:/bin" } });
    expect([said.status, said.stderr]).toEqual([0, `${join(source, file)} syntax OK\n`]);
  });

  test.each(perl)("%s passes perlcritic at severity 4", (file) => {
    expect(() =>
      execFileSync("perlcritic", ["--noprofile", "--severity", "4", "--quiet", join(source, file)], {
        encoding: "utf8",
      }),
    ).not.toThrow();
  });

  test.each(perl)("%s is thin: at most forty lines", (file) => {
    expect(textOf(file).trimEnd().split("\n").length).toBeLessThanOrEqual(40);
  });
});

test("scripts that the panel or an administrator runs are programs", () => {
  expect(shell.sort()).toEqual(["hooks/upcp", "hooks/wake", "install.sh", "repair.sh", "uninstall.sh"]);
  for (const file of [...shell, "frontend/index.live.pl", "whm/index.cgi"]) {
    expect([file, statSync(join(source, file)).mode & 0o111]).toEqual([file, 0o111]);
  }
});

test("every file of the plugin has its place on the server, and every place its file", () => {
  const assets = readPageAssets(join(root, "templates")).map(({ name }) => `assets/${name}`);
  const placed = lines("files.list").map(([, from]) => from ?? "");
  const stay = [
    "files.list",
    "hooks.list",
    "install.json",
    "version",
    "whm/xolphin_ssl.conf",
    "xolphin_ssl.svg",
  ];
  expect([...new Set(placed)].sort()).toEqual(
    [...files.filter((file) => !stay.includes(file) && !/^[^/]+\.sh$/.test(file)), ...assets].sort(),
  );
  for (const [mode, from = "", target] of lines("files.list")) {
    expect(target).toMatch(/^\/(?:usr\/local|var)\/cpanel\/[A-Za-z0-9_/.-]+$/);
    expect([from, mode]).toEqual([
      from,
      /^#!/.test(assets.includes(from) ? "" : textOf(from)) ? "0755" : "0644",
    ]);
  }
});

test("hooks only wake the agent, after the event and never before it", () => {
  const hooks = lines("hooks.list");
  expect(hooks.length).toBeGreaterThan(20);
  for (const hook of hooks) expect(hook).toHaveLength(3);
  expect(new Set(hooks.map((hook) => hook.join(" "))).size).toBe(hooks.length);
  expect(hooks.filter(([script]) => script === "upcp")).toEqual([["upcp", "System", "upcp"]]);
  for (const script of ["install.sh", "repair.sh"])
    expect(textOf(script)).not.toMatch(/--stage pre|--blocking/);
});

test("the panel is told the same id and version as everybody else", () => {
  const identity = JSON.parse(readFileSync(join(root, "plugin/identity.json"), "utf8")) as Record<
    string,
    string
  >;
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const [link] = JSON.parse(textOf("install.json")) as Record<string, unknown>[];
  expect(link).toMatchObject({
    type: "link",
    id: identity["id"],
    group_id: "security",
    featuremanager: true,
    icon: "xolphin_ssl.svg",
    uri: `${identity["id"]}/index.live.pl`,
  });
  expect(textOf("whm/xolphin_ssl.conf")).toContain(`name=${identity["id"]}\n`);
  expect(textOf("whm/xolphin_ssl.conf")).toContain(`displayname=${identity["name"]}\n`);
  expect(textOf("version").trim()).toBe(version);
});
