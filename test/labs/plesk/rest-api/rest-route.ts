import type { LabState } from "../lab-state.ts";
import type { ClientRow } from "../records.ts";

export interface RestCall {
  readonly state: LabState;
  readonly client: ClientRow;
  /** Parts of the path in the route's groups. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly address: string;
}

export interface RestAnswer {
  status: number;
  body: unknown;
}

export interface RestRoute {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api/v2`. */
  path: RegExp;
  run(call: RestCall): Promise<RestAnswer> | RestAnswer;
}

/** An error of the API, `{"code": …, "message": …}`. */
export class RestRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function ok(body: unknown): RestAnswer {
  return { status: 200, body };
}
