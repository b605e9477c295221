import type { Architecture } from "./runtime.ts";

/** How one panel's archive is put together (design §5.5). */
export interface Layout {
  /** Its folder under `plugin/`. */
  readonly panel: string;
  readonly format: "tar.gz" | "zip";
  /** Architectures that the panel runs on; each gets an archive of its own. */
  readonly architectures: readonly Architecture[];
  archive(version: string, architecture: Architecture): string;
  /** The program within the archive; `""`: beside the glue. */
  readonly payload: string;
  /** Where the pages' style sheet and script lie within the archive, as the panel serves static files. */
  readonly assets: string;
}

export const layouts: readonly Layout[] = [
  {
    panel: "cpanel",
    format: "tar.gz",
    // The panel itself runs on nothing else (spec cpanel §1.10).
    architectures: ["x64"],
    archive: (version) => `xolphin-ssl-cpanel-${version}.tar.gz`,
    payload: "payload",
    assets: "assets",
  },
  {
    panel: "directadmin",
    format: "tar.gz",
    architectures: ["x64"],
    // The panel names the plugin's folder after the archive, so no version may be in it (spec directadmin §1.3).
    archive: () => "xolphin_ssl.tar.gz",
    payload: "payload",
    assets: "images",
  },
  {
    panel: "plesk",
    format: "zip",
    architectures: ["x64", "arm64"],
    archive: (version, architecture) =>
      `xolphin-ssl-plesk-${version}${architecture === "x64" ? "" : `-${architecture}`}.zip`,
    // The panel throws away what lies anywhere else (spec plesk §1.2).
    payload: "plib/payload",
    assets: "htdocs",
  },
];
