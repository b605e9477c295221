import { CodedError } from "../errors.ts";

/** Questions of one server that are answered or wait at the same time; an agent asks far fewer. */
const mostOfOne = 500;
const mega = 1_048_576;
/** Three of the largest that the bus carries. */
const bytesOfOne = 24 * mega;
/** Of all servers. Each question is there several times over while it is read, and the unit has 512 MB. */
const bytesOfAll = 96 * mega;

interface Held {
  count: number;
  bytes: number;
}

/** How much the hub takes in before it has answered, so that no server brings it down for the others. */
export class WaitingRoom {
  private readonly held = new Map<string, Held>();
  private bytes = 0;

  /** Lets a question of so many bytes in, until the returned function is called, once. Throws `ca-busy` where there is no room. */
  enter(node: string, bytes: number): () => void {
    const mine = this.held.get(node) ?? { count: 0, bytes: 0 };
    if (mine.count >= mostOfOne || mine.bytes + bytes > bytesOfOne || this.bytes + bytes > bytesOfAll) {
      throw new CodedError("ca-busy", { detail: "the hub has too much to do" });
    }
    this.held.set(node, mine);
    mine.count += 1;
    mine.bytes += bytes;
    this.bytes += bytes;
    return () => {
      mine.count -= 1;
      mine.bytes -= bytes;
      this.bytes -= bytes;
      if (mine.count === 0) this.held.delete(node);
    };
  }
}
