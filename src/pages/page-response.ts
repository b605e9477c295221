/** What the pages answer. */
export type PageResponse = PageFragment | WholeResponse;

/** HTML for the panel's frame. */
export interface PageFragment {
  readonly output: "page";
  readonly html: string;
}

/** A complete answer that the panel's glue hands on as it is: JSON, a menu, a download. */
export interface WholeResponse {
  readonly output: "raw";
  readonly status: number;
  /** With its character set, e.g. `text/csv; charset=utf-8`. */
  readonly contentType: string;
  /** Saved under this name instead of shown; letters, digits, `.`, `_` and `-` only. Null: not a download. */
  readonly fileName: string | null;
  readonly body: string | Uint8Array;
}

/** What is not there, or is not theirs, for whoever reads JSON. */
export const nothingThere: WholeResponse = {
  output: "raw",
  status: 404,
  contentType: "application/json; charset=utf-8",
  fileName: null,
  body: "[]",
};

export function jsonResponse(value: unknown): WholeResponse {
  return { ...nothingThere, status: 200, body: JSON.stringify(value) };
}

/** A file to save. What can't be in a file name becomes `-`: a host name may bring a `*` along. */
export function fileResponse(name: string, contentType: string, body: string | Uint8Array): WholeResponse {
  return {
    output: "raw",
    status: 200,
    contentType,
    fileName: name.replaceAll(/[^A-Za-z0-9._-]+/g, "-"),
    body,
  };
}

const reasons: Readonly<Record<number, string>> = { 200: "OK", 404: "Not Found" };

/** The whole HTTP answer as bytes, for glue that prints it to the browser. Nothing in it may run as a page. */
export function httpAnswer({ status, contentType, fileName, body }: WholeResponse): Buffer {
  const bytes = Buffer.from(body as Uint8Array);
  const head = [
    `HTTP/1.1 ${status} ${reasons[status] ?? "Status"}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${bytes.length}`,
    "Cache-Control: no-store",
    "X-Content-Type-Options: nosniff",
    "Content-Security-Policy: default-src 'none'",
    ...(fileName === null ? [] : [`Content-Disposition: attachment; filename="${fileName}"`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "utf8"), bytes]);
}
