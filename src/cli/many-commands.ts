import type { AdoptableReport, Operations, ReissuesReport } from "../agent/operations.ts";
import { CodedError } from "../errors.ts";
import type { CommandName, Invocation } from "./arguments.ts";
import { columns } from "./print.ts";

/** New certificates for many at once, and how far that is. Nothing is wanted before somebody has read how many they are. */
export async function runReissues(
  command: Extract<CommandName, `reissue ${string}`>,
  invocation: Invocation,
  operations: Operations,
): Promise<ReissuesReport> {
  if (command === "reissue runs") return operations.readReissues("");
  if (command === "reissue stop") {
    const [run = ""] = invocation.positionals;
    if (!/^[1-9]\d{0,14}$/.test(run))
      throw new CodedError("usage", { detail: "RUN is a number of reissue runs" });
    return operations.stopReissues(Number(run));
  }
  const search = invocation.text("search") ?? "";
  const { matching } = await operations.readReissues(search);
  if (matching === 0) throw new CodedError("nothing-to-do");
  const reason = invocation.text("reason");
  if (reason === null) throw new CodedError("usage", { detail: "--reason is missing" });
  if (!invocation.flag("yes")) {
    throw new CodedError("usage", {
      detail: `${matching} certificates would be replaced; say so with --yes`,
    });
  }
  return operations.reissueMany({ search, count: matching, urgent: invocation.flag("urgent"), reason });
}

export function printReissues({ runs }: ReissuesReport): string {
  if (runs.length === 0) return "Nothing was replaced in one go yet.";
  return columns([
    ["RUN", "BEGUN", "DONE", "STUCK", "READY ABOUT", "REASON"],
    ...runs.map((run) => [
      String(run.id),
      run.createdAt.slice(0, 16),
      `${run.done} of ${run.all}${run.stopped ? ", stopped" : ""}`,
      String(run.stuck),
      run.finishAt?.slice(0, 16) ?? "-",
      run.reason,
    ]),
  ]);
}

export function printAdoptable(found: readonly AdoptableReport[]): string {
  if (found.length === 0) return "Everything that Xolphin has for websites here is followed.";
  return columns([
    ["ID", "NAME", "VALID UNTIL", "WEBSITE", "KEY"],
    ...found.map(({ id, name, notAfter, carriedBy, keyFound }) => [
      String(id),
      name,
      notAfter?.slice(0, 10) ?? "-",
      carriedBy ?? "-",
      keyFound ? "found" : "not found",
    ]),
  ]);
}
