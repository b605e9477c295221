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
