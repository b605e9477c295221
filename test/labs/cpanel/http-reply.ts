/** What a port of cpsrvd answers. */
export interface HttpReply {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer;
  /** A line of text to go between the headers (spec §4.4). */
  leak?: string;
}

export function htmlReply(status: number, body: string): HttpReply {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

export function redirectReply(location: string, cookie?: string): HttpReply {
  return {
    status: 302,
    headers: { location, ...(cookie === undefined ? {} : { "set-cookie": cookie }) },
    body: "",
  };
}
