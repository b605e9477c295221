import type { Texts } from "../en/index.ts";
import { administration } from "./administration.ts";
import { bulk } from "./bulk.ts";
import { common } from "./common.ts";
import { coverage } from "./coverage.ts";
import { detail } from "./detail.ts";
import { list } from "./list.ts";
import { mail } from "./mail.ts";
import { answers, manage, validate } from "./manage.ts";
import { order } from "./order.ts";
import { preflight } from "./preflight.ts";
import { service } from "./service.ts";
import { takeOver } from "./take-over.ts";
import { timeline } from "./timeline.ts";

/** Every word of the pages in French. */
export const fr: Texts = {
  ...common,
  ...coverage,
  ...list,
  ...detail,
  ...order,
  ...preflight,
  ...timeline,
  ...administration,
  service,
  mail,
  manage,
  validate,
  answers,
  bulk,
  takeOver,
};
