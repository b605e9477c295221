import { BlockList, isIP } from "node:net";

/**
 * A list of addresses and ranges, compared as bytes: every spelling of an address is the same address, also as
 * IPv4-mapped IPv6 (spec reliability §1.6; string and prefix comparisons have failed elsewhere, §1.2).
 */
export class AddressList {
  private readonly list = new BlockList();

  /** Entries like `192.0.2.1`, `2001:db8::/32`; checked by the settings. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = "", bits] = entry.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (bits === undefined) this.list.addAddress(address, family);
      else this.list.addSubnet(address, Number(bits), family);
    }
  }

  has(address: string): boolean {
    const family = isIP(address);
    // A zone id names an interface of this machine; no list means that.
    if (family === 0 || address.includes("%")) return false;
    return this.list.check(address, family === 6 ? "ipv6" : "ipv4");
  }
}

/**
 * Who really sent a request. Forwarding headers count only from a configured proxy, and then only the entry that proxy
 * appended: everything further left is the sender's own claim (spec reliability T-02). Null when a proxy's header is
 * missing or no address.
 */
export function sourceAddress(
  peer: string,
  forwardedFor: string | string[] | undefined,
  proxies: AddressList,
): string | null {
  if (!proxies.has(peer)) return peer;
  const header = Array.isArray(forwardedFor) ? forwardedFor.join(",") : forwardedFor;
  const entries = (header ?? "").split(",").map((entry) => entry.trim());
  for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
    const address = entry.replace(/^\[(.+)\](?::\d+)?$/, "$1");
    if (isIP(address) === 0) return null;
    if (!proxies.has(address)) return address;
  }
  return null;
}
