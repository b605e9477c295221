import fs from "node:fs";
import { bundleFor, type PanelHarness } from "../contract/panel-contract.ts";
import { openCpanel } from "./cpanel-harness.ts";
import { openDirectAdmin } from "./directadmin-harness.ts";
import { openPlesk } from "./plesk-harness.ts";

/*
 * What one installation costs the panel, on a server with two accounts and on one with many: as many questions, and each of
 * them about the account and its website, so that no answer is longer where there are more accounts.
 */

interface Crowded {
  readonly harness: PanelHarness;
  /** What the panel was asked since this was called last, in words. */
  asked(): string[];
  /** Makes accounts, each with a website. */
  addAccounts(names: readonly string[]): Promise<void>;
}

const panels: Readonly<Record<string, { open(): Promise<Crowded>; aboutTheServer: RegExp }>> = {
  "cPanel & WHM": {
    aboutTheServer: /^\/json-api\/(get_autossl_metadata|version) /,
    async open() {
      const { lab, harness } = await openCpanel({ switches: { apacheRestarts: "manual" } });
      const calls = newOnes(lab.calls);
      return {
        harness,
        asked: () =>
          calls().map(({ path, args: { cert, cabundle, key, ...args } }) => {
            return `${path.split("?")[0]} ${JSON.stringify(args)}`;
          }),
        async addAccounts(names) {
          for (const name of names) {
            await lab.addAccount({ name, domain: `${name}.test` });
            // Both ends of a connection are in this process: one that has been idle for long is to end meanwhile.
            await new Promise(setImmediate);
          }
        },
      };
    },
  },
  DirectAdmin: {
    aboutTheServer: /(^|\/)(conf\/|api\/version|static\/|data\/task\.queue)|directadmin\.conf/,
    async open() {
      const { lab, harness } = await openDirectAdmin();
      const calls = newOnes(lab.calls);
      const read: string[] = [];
      for (const how of ["readFileSync", "readdirSync", "existsSync"] as const) {
        const real = fs[how] as (...args: unknown[]) => unknown;
        jest.spyOn(fs, how).mockImplementation(((...args: unknown[]) => {
          // The lab, in the same process, reads its files as well.
          if (new Error().stack?.includes("/panels/directadmin/")) read.push(String(args[0]));
          return real.apply(fs, args);
        }) as never);
      }
      return {
        harness,
        asked: () => [
          ...read.splice(0),
          ...calls().map(({ path, login, body }) => `${path} ${login} ${body?.["domain"]}`),
        ],
        async addAccounts(names) {
          for (const name of names) {
            await lab.addAccount({ name });
            await lab.addDomain(name, `${name}.test`);
          }
        },
      };
    },
  },
  Plesk: {
    // The website by its number is asked about as well.
    aboutTheServer: /server_pref|^plesk version|read-certificates\.php \d+$/,
    async open() {
      const { lab, harness } = await openPlesk();
      const commands = newOnes(lab.commands);
      return {
        harness,
        asked: () =>
          commands().map(({ program, words }) =>
            `${program} ${words.join(" ")}`.replaceAll(/\S+\/xolphin-ssl-keys\/\S+/g, "FILE"),
          ),
        addAccounts: (names) =>
          lab.inOneRestart(async () => {
            for (const login of names) {
              await lab.addAccount({ login });
              await lab.addDomain(login, `${login}.test`);
            }
          }),
      };
    },
  },
};

/** What was added to a list since the last time. */
function newOnes<T>(list: readonly T[]): () => readonly T[] {
  let seen = 0;
  return () => {
    const added = list.slice(seen);
    seen = list.length;
    return added;
  };
}

afterEach(() => {
  jest.restoreAllMocks();
});

test.each(Object.entries(panels))(
  "on %s one installation costs with 60 accounts what it costs with two",
  async (_name, { open, aboutTheServer }) => {
    const { harness, asked, addAccounts } = await open();
    const { panel } = harness;
    const vhost = { id: "bob.test", account: "bob" };
    const install = async (): Promise<string[]> => {
      asked();
      await panel.readAccount("bob");
      await panel.listVhosts("bob");
      await panel.readCertificate(vhost);
      await panel.readBundle(vhost);
      const [outcome] = await panel.installCertificates([{ vhost, bundle: bundleFor(["bob.test"]) }]);
      expect(outcome?.problem).toBeNull();
      return asked();
    };
    try {
      // The first one finds an empty website and asks the panel how it is made.
      await install();
      const few = await install();
      await addAccounts(Array.from({ length: 58 }, (_, index) => `other${index}`));
      expect(await install()).toEqual(few);
      expect(few.length).toBeGreaterThan(4);
      expect(few.filter((question) => !question.includes("bob") && !aboutTheServer.test(question))).toEqual(
        [],
      );
    } finally {
      await harness.close();
    }
  },
);
