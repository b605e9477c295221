/** English: words of the pages on which the administrator sets up and tries the service. */
export const service = {
  title: "Settings",
  account: "Account at Xolphin",
  accountMissing:
    "Enter the account at Xolphin with which this server orders and collects certificates. Nothing can be ordered before.",
  username: "User name",
  password: "Password",
  system: "System",
  systems: {
    live: "Xolphin",
    test: "Xolphin's test system",
    other: "As in the configuration file",
  },
  save: "Try and save",
  keptWhere:
    "The account is tried first. The password is kept in a file that only root and the service can read, and it is never shown again.",
  saved:
    "The login was accepted and the account is saved. The service begins anew with it; that takes some seconds.",
  savedUntried: (sentence: string) => `The account is saved, but it could not be tried: ${sentence}`,
  tellXolphin: "Tell Xolphin",
  tellHow:
    "Give Xolphin this address for webhooks, in the settings of your account. Without it certificates arrive too, only some minutes later.",
  selfTest: "Self-test",
  selfTestWhat:
    "Tries every path that certificates depend on: login, webhooks, rights in the panel, name servers, clock, disk and what is served.",
  runTest: "Run the self-test",
  runAgain: "Run it again",
  testedHeadline: (wrong: number) =>
    wrong === 0
      ? "Everything works"
      : wrong === 1
        ? "One thing does not work"
        : `${wrong} things do not work`,
  levels: {
    good: "Good",
    warn: "Note",
    bad: "Not working",
  },
  columns: {
    check: "What",
    outcome: "Outcome",
    found: "Found",
  },
};
