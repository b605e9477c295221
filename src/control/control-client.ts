import { CodedError, type FieldProblem, isErrorCode } from "../errors.ts";
import { request } from "../node-http.ts";

/** Longer than the slowest operation: an order may take the CA two minutes. */
const usualPatience = 300_000;

/** Calls one operation of the agent behind the socket. Throws `agent-unreachable`, or what the operation threw. */
export function callOperation(
  path: string,
  name: string,
  args: readonly unknown[],
  patience = usualPatience,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: unknown): void => {
      reject(new CodedError("agent-unreachable", { cause, detail: path }));
    };
    const call = request(
      {
        socketPath: path,
        path: `/operations/${name}`,
        method: "POST",
        timeout: patience,
        headers: { connection: "close" },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", unreachable);
        response.on("end", () => {
          try {
            resolve(readAnswer(JSON.parse(Buffer.concat(chunks).toString("utf8"))));
          } catch (error) {
            if (error instanceof CodedError) reject(error);
            else unreachable(error);
          }
        });
      },
    );
    call.on("error", unreachable);
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.end(JSON.stringify(args));
  });
}

function readAnswer(answer: {
  result?: unknown;
  error?: { code: string; detail: string; fields: readonly FieldProblem[] };
}): unknown {
  if (answer.error === undefined) return answer.result;
  const { code, detail, fields } = answer.error;
  throw new CodedError(isErrorCode(code) ? code : "internal", { detail, fields });
}
