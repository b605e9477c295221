/*
 * What a script was called with. A script that did nothing and ended with status 0 would count as a proof, so whatever it can't
 * use ends it with status 2 and a word on how to call it.
 */

export function wholeNumber(text: string, usage: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  return refuse(`${JSON.stringify(text)} is no whole number above 0.`, usage);
}

/** A part or more of something that can be divided, such as minutes. */
export function amount(text: string, usage: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number > 0) return number;
  return refuse(`${JSON.stringify(text)} is no number above 0.`, usage);
}

/** One of what there is, or all of it where nothing was said. */
export function chosen<Name extends string>(
  text: string | undefined,
  names: readonly Name[],
  usage: string,
): Name[] {
  if (text === undefined) return [...names];
  const found = names.filter((name) => name === text);
  return found.length > 0 ? found : refuse(`${JSON.stringify(text)} is none of: ${names.join(", ")}.`, usage);
}

function refuse(what: string, usage: string): never {
  console.error(`${what} Usage: ${usage}`);
  process.exit(2);
}
