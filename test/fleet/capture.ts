import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { credentialText, identityOf, makeIdentity, signUser } from "../../src/fleet/credential.ts";
import { Secret } from "../../src/secret.ts";
import type { BusCluster } from "./bus-cluster.ts";

/** A connection as any client library makes it, for whoever a credential is. */
export function openRaw(
  cluster: Pick<BusCluster, "servers" | "hub">,
  participant: string,
  credential: string,
  // Whoever is refused is told so and not tried again, unless it is asked for.
  options: { readonly patient?: boolean } = {},
): Promise<NatsConnection> {
  return connect({
    servers: [...cluster.servers],
    authenticator: credsAuthenticator(Buffer.from(credential)),
    inboxPrefix: `_INBOX.${participant}`,
    ...(options.patient === true ? { maxReconnectAttempts: -1 } : {}),
    tls: { ca: readFileSync(cluster.hub("bus-ca.pem"), "utf8"), handshakeFirst: true },
  });
}

/**
 * Everything that anybody says on the bus, in the servers' account and in the hub's, heard with credentials that only the owner
 * of the accounts' keys can make.
 */
export class Capture {
  messages = 0;
  bytes = 0;
  private readonly connections: NatsConnection[] = [];

  static async open(cluster: BusCluster, heard: (message: Buffer) => void): Promise<Capture> {
    const capture = new Capture();
    for (const file of [cluster.hub("signing-key"), join(cluster.folder, "offline", "hub-key")]) {
      const account = await identityOf(new Secret(readFileSync(file, "utf8").trim()));
      const listener = await makeIdentity("user");
      const jwt = await signUser(
        {
          publicKey: listener.publicKey,
          name: "capture",
          permissions: { publish: [], subscribe: [">"] },
          issuedAt: new Date(),
          expires: null,
        },
        account,
      );
      const connection = await openRaw(cluster, "capture", credentialText(jwt, listener.seed), {
        patient: true,
      });
      capture.connections.push(connection);
      connection.subscribe(">", {
        callback(_error, { subject, data }) {
          const said = Buffer.concat([Buffer.from(subject), Buffer.from(data)]);
          capture.messages += 1;
          capture.bytes += said.length;
          heard(said);
        },
      });
      await connection.flush();
    }
    return capture;
  }

  async close(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
  }
}
