import { freePorts } from "../labs/nginx/free-ports.ts";

/**
 * A port for a process of its own that can't be asked which one it got. It is free at this moment, and no other lab, stage or
 * harness gets it while we live, also while the process is between two lives.
 */
export async function freePort(): Promise<number> {
  const [port] = await freePorts("127.0.0.1", [0]);
  return port;
}
