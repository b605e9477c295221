import type { PageRequest } from "../panel.ts";

/** A form that is sent by GET: browsers replace the query of its address, so what stood there travels as hidden fields. */
export interface GetForm {
  readonly action: string;
  readonly hidden: readonly { readonly name: string; readonly value: string }[];
}

export function getForm(
  request: PageRequest,
  path: string,
  query: Readonly<Record<string, string>> = {},
): GetForm {
  const href = request.href(path, query);
  const mark = href.indexOf("?");
  if (mark < 0) return { action: href, hidden: [] };
  return {
    action: href.slice(0, mark),
    hidden: [...new URLSearchParams(href.slice(mark + 1))].map(([name, value]) => ({ name, value })),
  };
}
