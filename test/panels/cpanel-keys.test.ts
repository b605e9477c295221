import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { keyIdOf } from "../../src/model/certificate.ts";
import { keyIdOfPrivateKey, readAnyPrivateKey } from "../../src/model/key.ts";
import type { PanelHarness } from "../contract/panel-contract.ts";
import type { CpanelLab } from "../labs/cpanel/cpanel-lab.ts";
import type { Switches } from "../labs/cpanel/switches.ts";
import { openCpanel } from "./cpanel-harness.ts";

let lab: CpanelLab;
let harness: PanelHarness;
afterEach(() => harness.close());

interface MadeKey {
  readonly id: string;
  /** By its public half, as certificates are told apart. */
  readonly keyId: string;
}

/** A function of the account's API on the command line, as the account uses it; its data. */
async function uapi<Data>(func: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const command = ["/usr/local/cpanel/bin/uapi", "--output=json", "--user=bob", "SSL", func];
  const { stdout } = await lab.run([...command, ...pairs]);
  const { result } = JSON.parse(stdout) as { result: { status: number; errors: unknown; data: Data } };
  if (result.status !== 1) throw new Error(`${func}: ${JSON.stringify(result.errors)}`);
  return result.data;
}

async function makeKey(keytype: string, withCertificate = false): Promise<MadeKey> {
  const { id, text } = await uapi<{ id: string; text: string }>("generate_key", { keytype });
  if (withCertificate) {
    const subject = {
      countryName: "NL",
      stateOrProvinceName: "NH",
      localityName: "A",
      organizationName: "B",
    };
    await uapi("generate_cert", { domains: "bob.test", key_id: id, ...subject });
  }
  return { id, keyId: keyIdOf(createPublicKey(createPrivateKey(text))) };
}

/** The keys that were taken out of the store, by id, while one was looked for. */
async function takenOut(keyId: string): Promise<{ found: string | null; opened: string[] }> {
  const before = lab.calls.length;
  const key = await harness.panel.findKey?.("bob", keyId);
  const opened = lab.calls
    .slice(before)
    .filter(({ way, args }) => way === "https" && args["cpanel.function"] === "show_key")
    .map(({ args }) => args["id"] ?? "");
  return { found: key == null ? null : keyIdOfPrivateKey(readAnyPrivateKey(key)), opened };
}

async function open(switches: Partial<Switches> = {}): Promise<void> {
  ({ lab, harness } = await openCpanel({ switches }));
}

describe("a key that the account made in the panel", () => {
  test("is not found under another's public half, and then none is taken out", async () => {
    await open();
    await makeKey("rsa-2048");
    await makeKey("ecdsa-prime256v1");
    const stranger = keyIdOf(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey);
    expect(await takenOut(stranger)).toEqual({ found: null, opened: [] });
  });

  test("is the only one taken out of many, of either kind", async () => {
    await open();
    const keys: MadeKey[] = [];
    for (const type of ["rsa-2048", "ecdsa-prime256v1", "ecdsa-secp384r1", "rsa-2048", "ecdsa-prime256v1"]) {
      keys.push(await makeKey(type));
    }
    for (const { id, keyId } of keys) expect(await takenOut(keyId)).toEqual({ found: keyId, opened: [id] });
  });

  test.each<[string, Switches["publicHalves"], string]>([
    ["of an elliptic curve, on a server that lists only moduli", "rsa", "ecdsa-prime256v1"],
    ["of any kind, on a server that lists no public halves", "none", "rsa-2048"],
  ])(
    "%s, is told from others by the certificates that were made with them",
    async (_what, publicHalves, type) => {
      await open({ publicHalves });
      const first = await makeKey(type, true);
      const second = await makeKey(type, true);
      expect(await takenOut(first.keyId)).toEqual({ found: first.keyId, opened: [first.id] });
      expect(await takenOut(second.keyId)).toEqual({ found: second.keyId, opened: [second.id] });
      const asked = lab.calls.filter(({ args }) => args["cpanel.function"] === "find_certificates_for_key");
      expect(asked.length).toBeGreaterThan(0);
    },
  );

  test("of which neither a list nor a certificate tells anything, is found by looking at it", async () => {
    await open({ publicHalves: "none" });
    const { id, keyId } = await makeKey("ecdsa-prime256v1");
    await makeKey("ecdsa-prime256v1", true);
    expect(await takenOut(keyId)).toEqual({ found: keyId, opened: [id] });
  });

  test("is found where the panel has no such call, or refuses it", async () => {
    await open({ publicHalves: "none" });
    const { keyId } = await makeKey("rsa-2048", true);
    lab.fault({ kind: "error-in-200", match: { path: /uapi_cpanel/ }, after: 1, times: 1 });
    expect((await takenOut(keyId)).found).toBe(keyId);
  });
});
