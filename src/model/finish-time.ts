/** Fewer than this say little about how long the rest takes. */
const enough = 5;

/**
 * When many things of a kind will be done, judged by those that are: it follows whatever limits the pace, the CA's budget
 * most of all. The pace counts from the first one done: until then all of them were on their way, and how long one takes
 * says nothing about how many come through in an hour. Null while too few are done, and when nothing is left.
 */
export function finishTime(run: {
  readonly all: number;
  readonly done: number;
  /** When the first and the last of the done ones were done. */
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
}): Date | null {
  const { all, done, firstAt, lastAt } = run;
  if (all <= done || done < enough || firstAt === null || lastAt === null) return null;
  const each = (lastAt.getTime() - firstAt.getTime()) / (done - 1);
  return new Date(lastAt.getTime() + (all - done) * each);
}
