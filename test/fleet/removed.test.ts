import { readFileSync } from "node:fs";
import type { NatsConnection } from "@nats-io/transport-node";
import { createFleetTools } from "../../src/agent/fleet-tools.ts";
import { CodedError } from "../../src/errors.ts";
import { eventually } from "./bus-cluster.ts";
import { openRaw } from "./capture.ts";
import { FleetStage, type JoinedServer } from "./fleet-stage.ts";
import { noBus, onBus } from "./on-bus.ts";

// Elections and reconnections take the time that they take.
jest.setTimeout(300_000);

let stage: FleetStage;
const tools = createFleetTools();

beforeAll(async () => {
  stage = await FleetStage.open();
});

afterAll(() => stage?.close());

function credentialOf({ settings }: JoinedServer): string {
  return readFileSync(settings.fleet.credentialFile ?? "", "utf8");
}

/** Like an administrator who tries again when the bus elects its leaders anew. */
async function remove(node: string): Promise<void> {
  await eventually(`${node} is removed`, async () => {
    try {
      await tools.remove(stage.hubSettings.gateway, node);
      return true;
    } catch (thrown) {
      if (thrown instanceof CodedError && thrown.code === "bus-unreachable") return false;
      throw thrown;
    }
  });
}

async function disconnection(connection: NatsConnection): Promise<void> {
  for await (const { type } of connection.status()) if (type === "disconnect") return;
}

/** Why a bus server does not let a credential in; null when it does. */
async function refusal(
  node: string,
  credential: string,
  servers: string[] = stage.cluster.servers,
): Promise<string | null> {
  try {
    const hub = (name: string): string => stage.cluster.hub(name);
    const connection = await openRaw({ servers, hub }, node, credential);
    await connection.close();
    return null;
  } catch (thrown) {
    return (thrown as Error).name;
  }
}

onBus(
  `a server that is removed is cut off by the bus at once, and let in by none of its servers${noBus}`,
  async () => {
    const thief = await stage.joinServer("web01");
    const other = await stage.joinServer("web02");
    const unused = (await tools.token(stage.hubSettings.gateway, "web01")).reveal();
    const [stolen, honest] = [credentialOf(thief), credentialOf(other)];
    const connections = await Promise.all([
      openRaw(stage.cluster, "web01", stolen),
      openRaw(stage.cluster, "web02", honest),
    ]);
    const [cut, kept] = connections;
    if (cut === undefined || kept === undefined) throw new Error("no connections");
    const lost = disconnection(cut);
    let noticed = false;
    void disconnection(kept).then(() => {
      noticed = true;
    });
    await remove("web01");
    await lost;
    await cut.close();
    for (const node of stage.cluster.nodes) {
      const servers = [`${node.host}:${node.clientPort}`];
      expect(await refusal("web01", stolen, servers)).toBe("AuthorizationError");
      expect(await refusal("web02", honest, servers)).toBeNull();
    }
    // Nobody else noticed.
    await kept.rtt();
    expect(noticed).toBe(false);
    await kept.close();
    await expect(tools.join(thief.configFile, unused)).rejects.toMatchObject({ code: "token-refused" });
  },
);

onBus(
  `a bus server that was away while a server was removed does not let it in either when it is back${noBus}`,
  async () => {
    const thief = await stage.joinServer("web03");
    const stolen = credentialOf(thief);
    await stage.cluster.killNode("bus2");
    await remove("web03");
    stage.cluster.startNode("bus2");
    const node = stage.cluster.nodes.find(({ name }) => name === "bus2");
    const servers = [`${node?.host}:${node?.clientPort}`];
    await eventually(
      "it has learned it from the others",
      async () => (await refusal("web03", stolen, servers)) === "AuthorizationError",
    );
  },
);

onBus(
  `a server that was removed comes back with a new token, and its old credential does not${noBus}`,
  async () => {
    const server = await stage.joinServer("web04");
    const old = credentialOf(server);
    await remove("web04");
    const token = await tools.token(stage.hubSettings.gateway, "web04");
    await tools.join(server.configFile, token.reveal());
    expect(await refusal("web04", credentialOf(server))).toBeNull();
    expect(await refusal("web04", old)).toBe("AuthorizationError");
  },
);
