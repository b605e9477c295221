import type { Panel } from "../panel.ts";

/** What changes something on the server; everything else only looks. */
const changing: readonly (keyof Panel)[] = [
  "installCertificates",
  "publishDcv",
  "withdrawDcv",
  "keepEngineAway",
];

/** The panel of a machine that may turn out to be a copy: `allow` throws while nothing may be changed on it. */
export function guardPanel(panel: Panel, allow: () => void): Panel {
  return new Proxy(panel, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (!changing.some((method) => method === name)) return value.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        allow();
        return (value as (...all: unknown[]) => Promise<unknown>).apply(target, args);
      };
    },
  });
}
