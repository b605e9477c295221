import { readPageAssets } from "../../scripts/packing/page-assets.ts";
import { openRouter, pageRequest, templates } from "./page-fixtures.ts";

test("a page reads the way the panel around it reads", async () => {
  const { html } = openRouter();
  expect(await html(pageRequest("/", { direction: "rtl" }))).toMatch(/<div class="xssl [^>]*dir="rtl"/);
  expect(await html(pageRequest("/"))).toMatch(/<div class="xssl [^>]*dir="ltr"/);
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
