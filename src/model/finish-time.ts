/** Fewer than this say little about how long the rest takes. */
const enough = 5;

/**
 * When many things of a kind will be done, judged by those that are: it follows whatever limits the pace, the CA's budget
 * most of all. Null while too few are done, and when nothing is left.
 */
export function finishTime(run: {
  readonly all: number;
  readonly done: number;
  readonly began: Date;
  /** When the last of the done ones was done. */
  readonly lastAt: Date | null;
}): Date | null {
  const left = run.all - run.done;
  if (left <= 0 || run.done < enough || run.lastAt === null) return null;
  const each = (run.lastAt.getTime() - run.began.getTime()) / run.done;
  return new Date(run.lastAt.getTime() + left * each);
}
