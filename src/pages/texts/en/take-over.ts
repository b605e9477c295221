/** English: taking certificates over. */
export const takeOver = {
  title: "Take over a certificate",
  intro:
    "Certificates for your websites that were ordered elsewhere are followed, installed and replaced here from then on. Nothing is ordered.",
  number: "Certificate number",
  serial: "Serial number",
  inUse: "In use on",
  notInUse: "no website of this account",
  keyFound: "The key was found.",
  keyNotFound:
    "The key was not found here. Give it below, or take the certificate over without it: then a new one can be taken within the paid term.",
  take: "Take over",
  byHand: "By number",
  none: "None were found for your websites. With its number and its key a certificate can be taken over all the same.",
  keyHelp:
    "Where the key is not found by itself, give it here; or take the certificate over without it and take a new one afterwards.",
  key: "Private key (PEM)",
  keyFieldHelp: "Empty: it is looked for in the control panel. It is stored sealed and never shown.",
  taken: "The certificate was taken over.",
};
