import { randomBytes, randomInt } from "node:crypto";

/** A browser's session of one of the two services (spec §2.6). */
export interface Session {
  readonly id: string;
  readonly service: "cpanel" | "whm";
  /** Unix account or WHM login that it acts as. */
  readonly account: string;
  /** Name given at login: the account, or a team user or mail address of it. */
  readonly login: string;
  /** `/cpsess##########`. */
  readonly token: string;
  /** A reseller or root working inside an account. */
  readonly reseller: string | undefined;
}

/** Sessions, kept in memory. */
export class Sessions {
  private readonly open = new Map<string, Session>();
  /** Links of `create_user_session`: each makes a session once. */
  private readonly links = new Map<string, Session>();

  create(
    service: "cpanel" | "whm",
    account: string,
    options: { login?: string; reseller?: string } = {},
  ): Session {
    const session = this.make(service, account, options);
    this.open.set(session.id, session);
    return session;
  }

  createLink(service: "cpanel" | "whm", account: string, reseller: string): Session {
    const session = this.make(service, account, { reseller });
    this.links.set(session.id, session);
    return session;
  }

  /** The session that a link makes; undefined the second time. */
  openLink(id: string): Session | undefined {
    const session = this.links.get(id);
    this.links.delete(id);
    if (session !== undefined) this.open.set(session.id, session);
    return session;
  }

  find(service: "cpanel" | "whm", id: string): Session | undefined {
    const session = this.open.get(id);
    return session?.service === service ? session : undefined;
  }

  close(id: string): void {
    this.open.delete(id);
  }

  private make(
    service: "cpanel" | "whm",
    account: string,
    options: { login?: string; reseller?: string },
  ): Session {
    const random = randomBytes(12).toString("base64url").replaceAll(/[-_]/g, "x");
    return {
      id: `${account}:${random},${randomBytes(16).toString("hex")}`,
      service,
      account,
      login: options.login ?? account,
      token: `/cpsess${String(randomInt(10 ** 9, 10 ** 10 - 1))}`,
      reseller: options.reseller,
    };
  }
}
