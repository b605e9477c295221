/** A refusal that the caller reads inside a 200 (spec §4.2). */
export class ApiFailure extends Error {
  readonly errors: readonly string[];
  /** What the answer holds although it failed. */
  readonly data: unknown;
  readonly messages: readonly string[] | null;
  /** Set where the real call fails in a privileged helper, which leaves a line on standard error (spec §4.3). */
  readonly adminBin: string | undefined;

  constructor(
    errors: string | readonly string[],
    options: { data?: unknown; messages?: readonly string[]; adminBin?: string } = {},
  ) {
    const list = [errors].flat();
    super(list.join(" "));
    this.errors = list;
    this.data = options.data ?? null;
    this.messages = options.messages ?? null;
    this.adminBin = options.adminBin;
  }

  /** The sample of the spec carries the message `OK` along with the error (§4.2). */
  static missing(name: string): ApiFailure {
    return new ApiFailure(`No '${name}' argument specified.`, { messages: ["OK"] });
  }
}
