import { ApiFailure } from "./api-failure.ts";

/**
 * Arguments of a call as they came in, in order and already decoded. A list is one name repeated, or the name with `-0`,
 * `-1` … appended (spec §4.1).
 */
export class ApiArguments {
  readonly pairs: readonly (readonly [name: string, value: string])[];

  constructor(pairs: readonly (readonly [string, string])[]) {
    this.pairs = pairs;
  }

  static of(values: Readonly<Record<string, string>>): ApiArguments {
    return new ApiArguments(Object.entries(values));
  }

  get(name: string): string | undefined {
    return this.all(name)[0];
  }

  /** An empty value counts as none (spec §4.7). */
  required(name: string): string {
    const value = this.get(name);
    if (value === undefined || value === "") throw ApiFailure.missing(name);
    return value;
  }

  all(name: string): string[] {
    return this.pairs
      .filter(
        ([given]) =>
          given === name || (given.startsWith(`${name}-`) && /^\d+$/.test(given.slice(name.length + 1))),
      )
      .map(([, value]) => value);
  }

  /** Values of a list that the call takes as one text with commas. */
  commaList(name: string): string[] {
    return this.all(name).flatMap((value) =>
      value
        .split(",")
        .map((one) => one.trim())
        .filter((one) => one !== ""),
    );
  }

  without(names: readonly string[]): ApiArguments {
    return new ApiArguments(this.pairs.filter(([name]) => !names.includes(name)));
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this.pairs);
  }
}
