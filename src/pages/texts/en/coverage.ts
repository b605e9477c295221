import type { CoverageGroup, CoverageState } from "../../../model/coverage.ts";
import type { Tone } from "../../../model/whose-turn.ts";

/** English: words of the first page, every website and what it shows. */
export const coverage = {
  coverage: {
    title: "Websites",
    searchLabel: "Part of a name or account",
    searchOwn: "Part of a name",
    columns: { site: "Website", issuer: "Issued by", action: "What you can do" },
    groups: {
      all: "All",
      problems: "Not secured",
      "under-way": "Under way",
      secured: "Secured",
    } satisfies Record<CoverageGroup, string>,
    badges: { good: "Secured", act: "Needs attention", busy: "Under way", ended: "–" } satisfies Record<
      Tone,
      string
    >,
    results: (count: number) => (count === 1 ? "1 website" : `${count} websites`),
    emptyAll: "There are no websites in this account yet. Add a domain in the panel; it then appears here.",
    emptySearch: "Nothing matches. Search for a part of the name, or choose another group.",
    lookAgain: "Look again now",
    lookingAgain: "The websites are being looked at again. This page changes as answers come in.",
    lookedAt: (time: string) => `Looked at ${time}`,
    notCovered: "not covered",
    ownOrder: "Show the order",
    secure: "Secure",
    goOn: "Continue",
    see: "See what to do",
    nextSecure: "Choose a certificate; it is installed and kept valid by itself.",
    nextSee: "Open the order and do what it says.",
    nextAsk: "Ask your hosting company to order a certificate.",
    notSecured: (count: number, total: number, name: string) =>
      count === 1 ? `${name} is not secured` : `${count} of ${total} websites are not secured`,
    waiting: (count: number, name: string) =>
      count === 1 ? `The certificate for ${name} waits for you` : `${count} certificates wait for you`,
    held: (count: number) =>
      count === 1
        ? "One website waits for your hosting company"
        : `${count} websites wait for your hosting company`,
    underWay: (count: number) =>
      count === 1 ? "One website is being secured" : `${count} websites are being secured`,
    looking: "Your websites are being looked at",
    allSecured: (count: number) =>
      count === 1 ? "Your website is secured" : `All ${count} websites are secured`,
    states: {
      expired: "Expired",
      unprotected: "Not secured",
      "self-signed": "Self-signed",
      untrusted: "Not trusted",
      "other-name": "Other name",
      incomplete: "Partly secured",
      waiting: "Waits for you",
      ending: "Ends soon",
      held: "Waits for your host",
      "under-way": "Being secured",
      unknown: "Being looked at",
      free: "Secured, free certificate",
      secured: "Secured",
    } satisfies Record<CoverageState, string>,
    explanations: {
      expired: "Visitors see a warning: the certificate has expired.",
      unprotected: "There is no secure connection to this website.",
      "self-signed": "Visitors see a warning: the certificate was not issued by an authority.",
      untrusted: "Visitors may see a warning: the chain to a trusted root has a gap.",
      "other-name": "Visitors see a warning: the certificate is for another name.",
      incomplete: "Some names of this website are not in the certificate.",
      waiting: "An order for this website waits for something only you can do.",
      ending: "The certificate ends within two weeks and nothing is under way.",
      held: "An order for this website waits for your hosting company.",
      "under-way": "An order for this website is under way.",
      unknown:
        "The first look at this website is on its way and here within a minute. Where the server is busy it may take some more.",
      free: "A free certificate, renewed by the panel.",
      secured: "Visitors get a secure connection.",
    } satisfies Record<CoverageState, string>,
  },
};
