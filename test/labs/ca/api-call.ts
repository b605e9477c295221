import type { CaState } from "./ca-state.ts";
import type { RequestForm } from "./request-form.ts";

/** A call that passed the front door: credentials, rate limit, encoding. */
export interface ApiCall {
  state: CaState;
  /** The numbers of the path, in order. */
  id: number;
  query: URLSearchParams;
  form: RequestForm;
  /** Absolute address of the API, with the closing slash. */
  base: string;
  /** F-12: answer as before the certificate was issued. */
  stale: boolean;
}

export type ApiReply =
  | { status: number; json: unknown }
  | { status: number; bytes: Buffer; contentType: string; fileName: string };

export interface Route {
  method: "GET" | "POST";
  /** Without the base path; the first group is the id. */
  path: RegExp;
  /** Parts and parameters it reads; any other is noted in the list of requests. */
  fields: readonly string[];
  answer(call: ApiCall): ApiReply | Promise<ApiReply>;
}

export function message(text: string): ApiReply {
  return { status: 200, json: { message: text } };
}
