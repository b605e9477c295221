import type { Clock } from "../clock.ts";
import type { ProbePort } from "../jobs/ports.ts";
import type { TrustedRoots } from "../model/certificate.ts";
import { withoutWildcard } from "../model/host-name.ts";
import { DnsProbe } from "../probe/dns-probe.ts";
import { fileVisible, lookForFile } from "../probe/http-probe.ts";
import { ServedProbe } from "../probe/served-probe.ts";
import type { Settings } from "../settings.ts";

/** Fits the probes to what the jobs ask for. */
export function createProbePort(settings: Settings, roots: TrustedRoots, clock: Clock): ProbePort {
  const served = new ServedProbe(roots, clock, settings.verify.httpsPort);
  const dns = new DnsProbe(settings.dns.servers);
  return {
    lookAt: (targets) => served.lookAt(targets),
    lookAtServices: (name, address) => served.lookAtServices(name, address),
    certificateOf: (name, address) => served.certificateOf(name, address),
    recordVisible: (record) => dns.recordVisible(record),
    addressesOf: (name) => dns.addressesOrNull(name),
    async lookBeforeOrder(name, own) {
      const addresses = await dns.addressesOrNull(withoutWildcard(name));
      const { address, httpPort } = settings.verify;
      const asked = address === null ? (addresses ?? []) : [address];
      const [caa, dnssec, zone, ...files] = await Promise.all([
        dns.caaOf(name),
        dns.dnssecOf(name),
        dns.zonePlace(name, own),
        // Only our own web server is asked: where else a name leads is for its owner to know.
        ...asked
          .filter((one) => own.addresses.includes(one))
          .map((one) => lookForFile(withoutWildcard(name), one, httpPort)),
      ]);
      // The CA may ask any address, so the worst answer counts.
      const file = files.find(({ kind }) => kind !== "free") ?? files[0] ?? null;
      return { name, addresses, caa, dnssec, zone, file };
    },
    async fileVisible(file) {
      const { address, httpPort } = settings.verify;
      const addresses = address === null ? await dns.addressesOf(file.host) : [address];
      // The CA may ask any of them, so every one must answer.
      const looks = await Promise.all(addresses.map((one) => fileVisible(file, one, httpPort)));
      return looks.length > 0 && looks.every((visible) => visible);
    },
  };
}
