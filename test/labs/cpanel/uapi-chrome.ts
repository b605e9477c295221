import { ApiFailure } from "./api-failure.ts";
import { jupiterFrame } from "./shell-pages.ts";
import { localeOf } from "./uapi-account.ts";
import type { UapiModule } from "./uapi-call.ts";

/** `Chrome` (spec §2.5): the frame of the account's theme, ready to print. */
export const chromeFunctions: UapiModule = {
  get_dom: {
    run({ state, account, args }) {
      // It must be there, and may be empty: the title is the application's then.
      const title = args.get("page_title");
      if (title === undefined) throw ApiFailure.missing("page_title");
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
