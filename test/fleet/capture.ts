import { readFileSync } from "node:fs";
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

/** Everything that anybody says on the bus, heard with a credential that only the owner of the account's key can make. */
export class Capture {
  messages = 0;
  bytes = 0;
  private readonly connection: NatsConnection;

  private constructor(connection: NatsConnection) {
    this.connection = connection;
  }

  static async open(cluster: BusCluster, heard: (message: Buffer) => void): Promise<Capture> {
    const account = await identityOf(new Secret(readFileSync(cluster.hub("signing-key"), "utf8").trim()));
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
    const capture = new Capture(connection);
    connection.subscribe(">", {
      callback(_error, { subject, data }) {
        const said = Buffer.concat([Buffer.from(subject), Buffer.from(data)]);
        capture.messages += 1;
        capture.bytes += said.length;
        heard(said);
      },
    });
    await connection.flush();
    return capture;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}
