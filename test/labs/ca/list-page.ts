import type { ApiCall, ApiReply } from "./api-call.ts";
import { refusedParameters } from "./refusal.ts";
import { collection } from "./representations.ts";

/** Spec xolphin-api §1.7. */
const usualLimit = 20;

/** Answers one page of a list; `page` and `limit` are refused when they are no positive numbers. */
export function listPage(
  call: ApiCall,
  name: string,
  items: readonly unknown[],
  mostPerPage = call.state.switches.maxPageSize,
): ApiReply {
  const number = positive(call.query.get("page"), "page") ?? 1;
  const asked = positive(call.query.get("limit"), "limit");
  const limit = Math.min(asked ?? usualLimit, mostPerPage);
  return {
    status: 200,
    json: collection(name, items, { number, limit, base: call.base, limitAsked: asked !== undefined }),
  };
}

function positive(text: string | null, field: string): number | undefined {
  if (text === null) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw refusedParameters({ [field]: ["This value is not a page number."] });
  return Number(text);
}
