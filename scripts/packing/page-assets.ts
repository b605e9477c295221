import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The common rules in the order in which later ones may change earlier ones. */
const styles = ["ground", "header", "request", "list", "forms", "screens"];

/**
 * What the panel itself serves to browsers beside our pages. The style sheet has every panel's theme behind the common
 * rules: a theme's rules hang below its own class, so the others are only a few bytes. The scripts are one file as well.
 */
export function readPageAssets(templates: string): { name: string; content: Buffer }[] {
  const themes = join(templates, "themes");
  const sheets = [
    ...styles.map((name) => join(templates, "styles", `${name}.css`)),
    ...readdirSync(themes)
      .sort()
      .map((name) => join(themes, name)),
  ];
  const scripts = ["theme.js", "live.js", "upload.js"].map((name) => join(templates, name));
  return [
    { name: "style.css", content: Buffer.concat(sheets.map((path) => readFileSync(path))) },
    { name: "pages.js", content: Buffer.concat(scripts.map((path) => readFileSync(path))) },
  ];
}
