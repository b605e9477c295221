import type { PreflightCode } from "../../../model/preflight.ts";

/** English: what can be found before an order, and what to do about it. */
export const preflight = {
  preflight: {
    "name-not-public": {
      sentence: (name: string) =>
        `${name} is not a name that can be registered, so no authority certifies it.`,
      remedy: "Choose a name below it that is yours.",
    },
    "name-too-long": {
      sentence: (name: string) =>
        `${name} is longer than 64 characters, too long for the first name of a certificate.`,
      remedy: "Choose a shorter name as the first one.",
    },
    "too-many-names": {
      sentence: (_name: string, fact: string) => `This product takes at most ${fact} names.`,
      remedy: "Choose fewer names, or another product.",
    },
    "caa-forbids": {
      sentence: (name: string, fact: string) =>
        `The DNS of ${name} allows other authorities only (CAA: ${fact}).`,
      remedy: "Add a CAA record that allows this authority, or remove the CAA records.",
    },
    "dnssec-broken": {
      sentence: (name: string) =>
        `The DNS signatures (DNSSEC) of ${name} are broken; authorities can't read its DNS.`,
      remedy: "Repair DNSSEC at the registrar or the DNS provider, or switch it off.",
    },
    "file-redirected": {
      sentence: (name: string, fact: string) =>
        `${name} sends everything to ${fact}, so the validation file would not be seen.`,
      remedy: "Let /.well-known/pki-validation/ through without a redirect, or choose validation by DNS.",
    },
    "file-blocked": {
      sentence: (name: string, fact: string) =>
        `${name} answers with status ${fact} where the validation file will be.`,
      remedy:
        "Take away the login, the maintenance page or the rule in .htaccess for /.well-known/pki-validation/.",
    },
    "wildcard-by-file": {
      sentence: (name: string) => `${name} is a wildcard, which can't be validated by a file.`,
      remedy: "Choose validation by DNS.",
    },
    "already-secured": {
      sentence: (_name: string, fact: string) =>
        `An order of yours already brought a certificate for exactly these names; it is valid until ${fact} and kept valid by itself.`,
      remedy: "Do not order again unless you mean a second one.",
    },
    "name-unknown": {
      sentence: (name: string) => `${name} does not exist in the DNS yet.`,
      remedy: "Register it or add it to the DNS; until then visitors do not find the website.",
    },
    "leads-elsewhere": {
      sentence: (name: string, fact: string) => `${name} leads to another server (${fact}).`,
      remedy: "Point it to this server, or install the certificate there yourself.",
    },
    "some-addresses-elsewhere": {
      sentence: (name: string, fact: string) =>
        `Some addresses of ${name} are not of this server (${fact}), and the authority may ask any of them.`,
      remedy: "Correct the A and AAAA records, or choose validation by DNS.",
    },
    "site-silent": {
      sentence: (name: string) => `${name} does not answer on port 80.`,
      remedy: "See that the website answers, or choose validation by DNS.",
    },
    "no-site": {
      sentence: (name: string) =>
        `No website in this account has the name ${name}, so the certificate can't be installed for it.`,
      remedy: "Add the name to the account, or leave it out.",
    },
    "dns-by-hand": {
      sentence: (name: string) =>
        `The DNS of ${name} is managed elsewhere, so a record must be added there by hand.`,
      remedy: "After ordering you get the record to copy.",
    },
    "mail-by-hand": {
      sentence: (name: string) =>
        `${name} is validated by mail, and somebody must answer it, at every reissue again.`,
      remedy: "Choose validation by DNS if you can.",
    },
    "key-elsewhere": {
      sentence: () =>
        "The private key is not on this server, so the certificate can be downloaded but not installed by itself.",
      remedy: "Order without a CSR of your own if it should install itself.",
    },
    "not-looked": {
      sentence: (name: string) => `The DNS of ${name} could not be asked just now.`,
      remedy: "Look again in a moment, or go on.",
    },
  } satisfies Record<PreflightCode, { sentence: (name: string, fact: string) => string; remedy: string }>,
};
