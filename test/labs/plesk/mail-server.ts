import type { AddressInfo } from "node:net";
import { createSecureContext, createServer, type Server, type TLSSocket } from "node:tls";
import type { CertificatePool } from "./certificate-pool.ts";
import type { Database } from "./database.ts";
import type { CertificateRow } from "./records.ts";

/**
 * The mail server's TLS: by SNI the mail certificate of a domain (`example.nl`, `mail.example.nl`), else the one all
 * domains share. It greets as an IMAP server does and knows nothing more.
 */
export class MailServer {
  private readonly database: Database;
  private readonly pool: CertificatePool;
  private readonly connections = new Set<TLSSocket>();
  private server: Server | undefined;

  constructor(database: Database, pool: CertificatePool) {
    this.database = database;
    this.pool = pool;
  }

  async listen(address: string, port: number): Promise<number> {
    const server = createServer({
      ...this.pair(this.shared()),
      SNICallback: (name, done) => done(null, createSecureContext(this.pair(this.certificateFor(name)))),
    });
    server.on("secureConnection", (socket) => {
      this.connections.add(socket);
      socket.on("close", () => this.connections.delete(socket));
      socket.on("error", () => socket.destroy());
      socket.write("* OK IMAP4rev1 ready\r\n");
    });
    server.on("tlsClientError", () => undefined);
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, address, () => resolve());
    });
    return (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    const { server } = this;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  private certificateFor(name: string): CertificateRow {
    const site = this.database.site(name.replace(/^mail\./, ""));
    return this.database.certificateById(site?.mailCertificateId) ?? this.shared();
  }

  private shared(): CertificateRow {
    const { mailCertificateId, panelCertificateId } = this.database.tables;
    const row =
      this.database.certificateById(mailCertificateId) ?? this.database.certificateById(panelCertificateId);
    if (row === undefined) throw new Error("The mail server has no certificate.");
    return row;
  }

  private pair(row: CertificateRow): { key: string; cert: string } {
    const { pvt, cert, ca } = this.pool.read(row);
    return { key: pvt, cert: cert + ca };
  }
}
