import { freePorts } from "../labs/nginx/free-ports.ts";

/** A port that is free at this moment, for a process of its own that can't be asked which one it got. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts("127.0.0.1", [0]);
  return port;
}
