import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readPageAssets } from "../../scripts/packing/page-assets.ts";
import { openRouter, pageRequest, templates } from "./page-fixtures.ts";

test("a page reads the way the panel around it reads", async () => {
  const { html } = openRouter();
  expect(await html(pageRequest("/", { direction: "rtl" }))).toMatch(/<div class="xssl [^>]*dir="rtl"/);
  expect(await html(pageRequest("/"))).toMatch(/<div class="xssl [^>]*dir="ltr"/);
});

test("a page has one title, below the title of a panel that prints its own", async () => {
  const { html } = openRouter();
  const levels = async (titled: boolean): Promise<string[]> =>
    [...(await html(pageRequest("/", { titled }))).matchAll(/<h(\d) class="xssl-heading-(\d)"/g)].map(
      ([, level, rank]) => `${level}${rank}`,
    );
  const alone = await levels(false);
  expect(alone[0]).toBe("11");
  expect(alone.filter((one) => one.startsWith("1"))).toHaveLength(1);
  const within = await levels(true);
  expect(within).toEqual(alone.map(([level, rank]) => `${Number(level) + 1}${rank}`));
  const text = await html(pageRequest("/", { titled: true }));
  expect(text.match(/<h\d/g)?.length).toBe(text.match(/<\/h\d>/g)?.length);
  expect(text).not.toMatch(/<\/?h1\b/);
});

test("each form that changes something has the hidden fields that the panel wants, and no other form has", async () => {
  const { html } = openRouter();
  const wanted = [{ name: "panel-token", value: '<">' }];
  const field = '<input type="hidden" name="panel-token" value="&lt;&#34;&gt;">';
  const page = await html(pageRequest("/", { formFields: wanted }));
  const forms = [...page.matchAll(/<form[^>]*method="(\w+)"[^>]*>(.*?)<\/form>/gs)];
  expect(forms.map(([, method]) => method).sort()).toEqual(["get", "post"]);
  for (const [text, method] of forms) {
    expect([method, text.includes(field)]).toEqual([method, method === "post"]);
  }
  expect(await html(pageRequest("/"))).not.toContain("panel-token");
  // The pages of a hub stand in no panel's frame.
  for (const file of globSync("**/*.ejs", { cwd: templates, exclude: ["fleet*.ejs"] })) {
    const text = readFileSync(join(templates, file), "utf8");
    const count = (pattern: RegExp): number => [...text.matchAll(pattern)].length;
    expect([file, count(/<form [^>]*method="post".*\n *<%- include\("partials\/form-fields", /g)]).toEqual([
      file,
      count(/method="post"/g),
    ]);
  }
});

test("every class of the pages and of the style sheet begins in our own way: the panel has classes too", () => {
  for (const file of globSync("**/*.ejs", { cwd: templates, exclude: ["fleet*.ejs"] })) {
    const text = readFileSync(join(templates, file), "utf8");
    // What the template fills in may be the rest of a name, or a name that the view gives.
    const written = [...text.matchAll(/class="((?:<%.*?%>|[^"])*)"/g)].flatMap(([, names = ""]) =>
      names.replaceAll(/<%.*?%>/g, "xssl").split(/\s+/),
    );
    expect([file, written.filter((name) => name !== "" && !/^xssl(?:-|$|xssl)/.test(name))]).toEqual([
      file,
      [],
    ]);
  }
  const [sheet] = readPageAssets(templates);
  const rules = String(sheet?.content).replaceAll(/\/\*.*?\*\//gs, "");
  const selectors = [...rules.matchAll(/([^{};]+)\{/g)].map(([, selector = ""]) => selector);
  const classes = selectors.flatMap((selector) =>
    [...selector.matchAll(/\.([a-z][\w-]*)/gi)].map(([, name]) => name),
  );
  expect(classes.length).toBeGreaterThan(100);
  expect(classes.filter((name) => name?.startsWith("xssl") !== true)).toEqual([]);
});

test("no rule of the style sheet knows left from right, where right-to-left panels would need the other", () => {
  const sheet = readPageAssets(templates)
    .find(({ name }) => name === "style.css")
    ?.content.toString("utf8");
  const physical =
    /(?:margin|padding|border)-(?:left|right)|(?<!inset-inline-)\b(?:left|right):|float: (?:left|right)/g;
  expect(sheet?.match(physical)).toBeNull();
});

test("the style sheet has the common rules first and each theme's rules below its own class", () => {
  const [sheet] = readPageAssets(templates);
  const text = sheet?.content.toString("utf8") ?? "";
  expect(text.indexOf(".xssl {")).toBeGreaterThanOrEqual(0);
  for (const theme of ["jupiter", "whm"]) {
    expect(text.indexOf(`.xssl.xssl-theme-${theme} {`)).toBeGreaterThan(text.indexOf(".xssl {"));
  }
});
