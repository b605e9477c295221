/** Exit status of every command (design §5.1). */
export const exitCodes = { done: 0, failed: 1, usage: 2, nothing: 3 } as const;
