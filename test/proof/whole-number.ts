/** A number that a script was called with. Anything but a positive whole one ends it with status 2 and says how to call it. */
export function wholeNumber(text: string, usage: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  console.error(`${JSON.stringify(text)} is no whole number above 0. Usage: ${usage}`);
  process.exit(2);
}
