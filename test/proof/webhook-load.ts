import { get } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { Answered } from "./invariants.ts";
import type { PanelWorld } from "./panel-world.ts";

const senders = 4;
/** Not on the list of those that may call. */
const stranger = "127.0.0.66";

/**
 * Webhooks one after the other over several connections, each with a word of its own by which it is found again; and among
 * them some that a stranger makes up.
 */
export class WebhookLoad {
  acknowledged = 0;
  readonly forged: Answered[] = [];
  private readonly world: PanelWorld;
  private sent = 0;
  private words: string[] = [];
  private lanes: Promise<void>[] = [];
  private running = false;

  constructor(world: PanelWorld) {
    this.world = world;
  }

  begin(): void {
    this.running = true;
    this.lanes = [...Array.from({ length: senders }, () => this.lane()), this.forge()];
  }

  async end(): Promise<void> {
    this.running = false;
    await Promise.all(this.lanes);
    this.lanes = [];
  }

  /** What was acknowledged since it was last asked and is not in the store. */
  lost(): string[] {
    const db = new DatabaseSync(join(this.world.stateDir, "store.sqlite"), { readOnly: true });
    try {
      const find = db.prepare("SELECT count(*) AS n FROM hints WHERE state = ?");
      const lost = this.words.filter((word) => find.get(word)?.["n"] === 0);
      this.words = [];
      return lost.map((word) => `I1: acknowledged and not stored: ${word}`);
    } finally {
      db.close();
    }
  }

  private async lane(): Promise<void> {
    while (this.running) {
      this.sent += 1;
      const word = `W${this.sent}`;
      const url = this.url(960_000_000 + (this.sent % 500), word);
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
        if (answer.status === 200) {
          this.words.push(word);
          this.acknowledged += 1;
        }
        await answer.arrayBuffer();
      } catch {
        // Died before it answered, so nothing was promised.
        await pause(5);
      }
    }
  }

  /** The same from an address that may not. */
  private async forge(): Promise<void> {
    while (this.running) {
      const call = { RequestId: 960_000_000, Status: "Updated", State: `F${this.forged.length}` };
      const status = await statusFrom(stranger, this.url(call.RequestId, call.State));
      if (status !== null) this.forged.push({ call, status });
      await pause(20);
    }
  }

  private url(id: number, word: string): string {
    return `http://127.0.0.1:${this.world.port}/webhook?RequestId=${id}&Status=Updated&State=${word}`;
  }
}

/** Null when nobody answered. */
function statusFrom(localAddress: string, url: string): Promise<number | null> {
  return new Promise((resolve) => {
    const request = get(url, { localAddress, agent: false, timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(null));
  });
}
