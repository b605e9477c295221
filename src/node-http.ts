/**
 * Node's own HTTP modules. An import statement would read every export of `node:http`, and reading one of them, `WebSocket`,
 * loads a second HTTP client that nothing here uses and that takes 4 MB for as long as the agent rests
 * (docs/decisions/0009).
 */
export const { createServer, request } = process.getBuiltinModule("node:http");
