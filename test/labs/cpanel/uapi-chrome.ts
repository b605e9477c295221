import { jupiterFrame } from "./shell-pages.ts";
import { localeOf } from "./uapi-account.ts";
import type { UapiModule } from "./uapi-call.ts";

/** `Chrome` (spec §2.5): the frame of the account's theme, ready to print. */
export const chromeFunctions: UapiModule = {
  get_dom: {
    run({ state, account, args }) {
      const title = args.required("page_title");
      const appKey = args.get("app_key");
      return jupiterFrame(state, account, {
        title,
        locale: localeOf(state, account),
        ...(appKey === undefined ? {} : { appKey }),
      });
    },
    demo: true,
  },
};
