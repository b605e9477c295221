import type { LabState } from "../lab-state.ts";

/** Headers of every page of the panel; whether a policy for contents is among them is uncertain (spec plesk §2.5). */
export function pageHeaders({ switches }: LabState): Record<string, string> {
  return {
    "content-type": "text/html; charset=UTF-8",
    "cache-control": "no-store",
    ...(switches.contentSecurityPolicy === ""
      ? {}
      : { "content-security-policy": switches.contentSecurityPolicy }),
  };
}
