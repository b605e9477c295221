import type { IncomingHttpHeaders } from "node:http";
import { ApiArguments } from "./api-arguments.ts";

/** Arguments of a request: its query, then its body as urlencoded form or multipart (spec §9.3.2). */
export function formArguments(url: URL, headers: IncomingHttpHeaders, body: Buffer): ApiArguments {
  const type = headers["content-type"] ?? "";
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  const fromBody =
    boundary === undefined ? [...new URLSearchParams(body.toString("utf8"))] : multipart(body, boundary);
  return new ApiArguments([...url.searchParams, ...(body.length === 0 ? [] : fromBody)]);
}

function multipart(body: Buffer, boundary: string): [string, string][] {
  return body
    .toString("utf8")
    .split(`--${boundary}`)
    .slice(1, -1)
    .flatMap((part): [string, string][] => {
      const end = part.indexOf("\r\n\r\n");
      const name = /name="([^"]*)"/.exec(part.slice(0, end))?.[1];
      return end === -1 || name === undefined ? [] : [[name, part.slice(end + 4).replace(/\r\n$/, "")]];
    });
}
