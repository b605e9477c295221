import { join } from "node:path";
import { type DeathPoint, ProcessLife } from "./process-life.ts";

const program = join(import.meta.dirname, "crash-agent.ts");

/** One life of an agent, whose clock runs `factor` times as fast as the real one. */
export class AgentProcess extends ProcessLife {
  constructor(config: string, factor: number, point: DeathPoint | null) {
    super(program, [config, String(factor)], point);
  }
}
