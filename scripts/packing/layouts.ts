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
    panel: "directadmin",
    format: "tar.gz",
    architectures: ["x64"],
    // The panel names the plugin's folder after the archive, so no version may be in it (spec directadmin §1.3).
    archive: () => "xolphin_ssl.tar.gz",
    payload: "payload",
    assets: "images",
  },
];
