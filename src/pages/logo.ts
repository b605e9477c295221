import { CodedError } from "../errors.ts";
import type { Route } from "./route.ts";

/** The hosting company's logo, served by ourselves: panels serve only what is in the package. */
export const logoRoute: Route = {
  path: "/logo",
  async view({ parts }) {
    const { logo } = parts.brand;
    if (logo === null) throw new CodedError("not-found");
    return { output: "raw", status: 200, contentType: logo.contentType, fileName: null, body: logo.bytes };
  },
};
