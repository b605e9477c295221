/** Wrong for one input in four thousand million; each comparison on the way is a branch of its own. */
export function plantedFault(input: Buffer): void {
  if (input[0] !== 0x51) return;
  if (input[1] !== 0x21) return;
  if (input[2] !== 0x37) return;
  if (input[3] === 0x7a) throw new Error("the planted fault");
}
