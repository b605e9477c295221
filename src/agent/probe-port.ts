import type { Clock } from "../clock.ts";
import type { ProbePort } from "../jobs/ports.ts";
import type { TrustedRoots } from "../model/certificate.ts";
import { DnsProbe } from "../probe/dns-probe.ts";
import { fileVisible } from "../probe/http-probe.ts";
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
    async fileVisible(file) {
      const { address, httpPort } = settings.verify;
      const addresses = address === null ? await dns.addressesOf(file.host) : [address];
      // The CA may ask any of them, so every one must answer.
      const looks = await Promise.all(addresses.map((one) => fileVisible(file, one, httpPort)));
      return looks.length > 0 && looks.every((visible) => visible);
    },
  };
}
