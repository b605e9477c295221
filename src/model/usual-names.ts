import { type HostName, isWildcard } from "./host-name.ts";
import { freeNameOf } from "./product.ts";

/**
 * First labels that panels give to services of their own beside a website (mail, files). Visitors never see them, and a
 * certificate for a website does without them.
 */
const serviceLabels = new Set([
  "mail",
  "webmail",
  "smtp",
  "imap",
  "pop",
  "pop3",
  "ftp",
  "autodiscover",
  "autoconfig",
  "webdisk",
]);

/** Whether a name of a website is that of a service beside it, as `mail.example.nl` is beside `example.nl`. */
export function isServiceName(name: HostName, siteNames: readonly HostName[]): boolean {
  const dot = name.indexOf(".");
  return serviceLabels.has(name.slice(0, dot)) && siteNames.includes(name.slice(dot + 1) as HostName);
}

/** The names of a website as people want to see them: main name, its partner with or without `www.`, others, services. */
export function namesInOrder(siteNames: readonly HostName[]): HostName[] {
  const usual = usualNames(siteNames);
  const others = siteNames.filter((name) => !usual.includes(name));
  const isService = (name: HostName): boolean => isServiceName(name, siteNames);
  return [...usual, ...others.filter((name) => !isService(name)), ...others.filter(isService)];
}

/**
 * What is ordered for a website when nobody chose: its main name, and the name with or without `www.` that a single
 * certificate covers for free. More names would need a dearer certificate, and are there to be ticked.
 */
export function usualNames(siteNames: readonly HostName[]): HostName[] {
  const [main] = siteNames;
  if (main === undefined) return [];
  const partner = freeNameOf(main);
  return siteNames.includes(partner) && !isWildcard(main) ? [main, partner] : [main];
}

/** What a website needs that shows a certificate for some of its names only: all of them but those of services. */
export function namesNeeded(siteNames: readonly HostName[]): HostName[] {
  return namesInOrder(siteNames).filter((name) => !isServiceName(name, siteNames));
}
