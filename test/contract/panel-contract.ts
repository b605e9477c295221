import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { type CertificateBundle, keyIdOf } from "../../src/model/certificate.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { keyIdOfPrivateKey, readAnyPrivateKey } from "../../src/model/key.ts";
import type { DcvAnswer, Panel, VhostRef } from "../../src/panel.ts";
import { Secret } from "../../src/secret.ts";
import { TestAuthority } from "../fakes/test-authority.ts";

/** A panel to try, with two accounts: `bob` owns `bob.test`, `eve` owns `eve.test`. */
export interface PanelHarness {
  readonly panel: Panel;
  /** Another name that shares the vhost of `bob.test`, as this panel has them; `shop.bob.test` unless it says so. */
  readonly sharedName?: string;
  /** A vhost of `bob` that can be taken away; `bob.test` unless this panel keeps main domains for good. */
  readonly removable?: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** Has the web server take up what it was told, where the panel does that later. */
  settle(): Promise<void>;
  /** What the panel's name server answers for a name. */
  lookUp(name: string, type: "CNAME" | "TXT"): Promise<string[]>;
  suspend(account: string): Promise<void>;
  removeVhost(id: string): Promise<void>;
  /** Puts a private key into the account's own store, where the panel has one. */
  keepKey?(account: string, pem: string): Promise<void>;
  close(): Promise<void>;
}

export const authority = new TestAuthority(new Date());

export function bundleFor(names: string[], days = 200): CertificateBundle {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    leaf: authority.leaf(names, { days, key: publicKey }),
    chain: [authority.part("intermediate")],
    key: new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
  };
}

/** What every panel must do, whatever it is (the contract is `src/panel.ts`). */
export function describePanel(name: string, open: () => Promise<PanelHarness>): void {
  describe(`the contract of ${name}`, () => {
    let harness: PanelHarness;
    let panel: Panel;
    let shared: string;
    beforeEach(async () => {
      harness = await open();
      panel = harness.panel;
      shared = harness.sharedName ?? "shop.bob.test";
    });
    afterEach(() => harness.close());

    async function vhost(id: string): Promise<VhostRef> {
      const found = (await panel.listVhosts()).find((one) => one.id === id);
      if (found === undefined) throw new Error(`no vhost ${id}`);
      return { id: found.id, account: found.account };
    }

    test("says what it is and lets us in", async () => {
      const facts = await panel.readFacts();
      expect(facts).toMatchObject({ panel: panel.id, dns: true });
      expect(facts.version).not.toBe("");
    });

    test("knows its accounts and their vhosts with names and addresses", async () => {
      const accounts = await panel.listAccounts();
      expect(accounts.find((account) => account.name === "bob")).toMatchObject({
        role: "account",
        suspended: false,
        tlsAllowed: true,
      });
      const [first] = await panel.listVhosts("bob");
      expect(first).toMatchObject({ id: "bob.test", account: "bob", tls: true, suspended: false });
      expect(first?.names).toEqual(expect.arrayContaining(["bob.test", "www.bob.test", shared]));
      expect(first?.addresses.length).toBeGreaterThan(0);
      const all = await panel.listVhosts();
      expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining(["bob.test", "eve.test"]));
    });

    test("one account asked for alone is what the list of all says of it", async () => {
      const listed = await panel.listAccounts();
      expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(["bob", "eve"]));
      for (const account of listed) expect(await panel.readAccount(account.name)).toEqual(account);
    });

    test("an unknown account or vhost is an error, never an empty answer", async () => {
      await expect(panel.readAccount("nobody-here")).rejects.toMatchObject({ code: "account-unknown" });
      await expect(panel.listVhosts("nobody-here")).rejects.toMatchObject({ code: "account-unknown" });
      const gone = { id: "gone.test", account: "bob" };
      await expect(panel.readCertificate(gone)).rejects.toMatchObject({ code: "vhost-unknown" });
    });

    test("installs, has it on record with its chain, and the web server serves it", async () => {
      const ref = await vhost("bob.test");
      expect(await panel.readCertificate(ref)).toBeNull();
      const bundle = bundleFor(["bob.test", "www.bob.test", shared]);
      const [outcome] = await panel.installCertificates([{ vhost: ref, bundle }]);
      expect(outcome?.problem).toBeNull();
      const onRecord = await panel.readCertificate(ref);
      expect(onRecord?.leaf.fingerprint).toBe(bundle.leaf.fingerprint);
      expect(onRecord?.chain.map(({ fingerprint }) => fingerprint)).toEqual(
        bundle.chain.map(({ fingerprint }) => fingerprint),
      );
      expect(onRecord?.managedByPanel).toBe(false);
      await harness.settle();
      for (const host of ["bob.test", "www.bob.test", shared]) {
        expect([host, await handshake(harness.httpsPort, host)]).toEqual([
          host,
          [bundle.leaf.fingerprint, ...bundle.chain.map(({ fingerprint }) => fingerprint)],
        ]);
      }
    });

    test("installing what is there already changes nothing and is no error", async () => {
      const ref = await vhost("bob.test");
      const bundle = bundleFor(["bob.test"]);
      for (let turn = 0; turn < 2; turn += 1) {
        const [outcome] = await panel.installCertificates([{ vhost: ref, bundle }]);
        expect(outcome?.problem).toBeNull();
      }
      expect((await panel.readCertificate(ref))?.leaf.fingerprint).toBe(bundle.leaf.fingerprint);
    });

    test("gives the pair back that was there, and puts it on again", async () => {
      const ref = await vhost("bob.test");
      const first = bundleFor(["bob.test"]);
      await panel.installCertificates([{ vhost: ref, bundle: first }]);
      const kept = await panel.readBundle(ref);
      expect(kept?.leaf.fingerprint).toBe(first.leaf.fingerprint);
      await panel.installCertificates([{ vhost: ref, bundle: bundleFor(["bob.test"]) }]);
      const [outcome] = await panel.installCertificates([{ vhost: ref, bundle: kept }]);
      expect(outcome?.problem).toBeNull();
      await harness.settle();
      expect((await handshake(harness.httpsPort, "bob.test"))[0]).toBe(first.leaf.fingerprint);
    });

    test("a vhost without a certificate of its own can be left like that again", async () => {
      const ref = await vhost("bob.test");
      const bundle = bundleFor(["bob.test"]);
      await panel.installCertificates([{ vhost: ref, bundle }]);
      const [outcome] = await panel.installCertificates([{ vhost: ref, bundle: null }]);
      expect(outcome?.problem).toBeNull();
      await harness.settle();
      expect((await handshake(harness.httpsPort, "bob.test"))[0]).not.toBe(bundle.leaf.fingerprint);
    });

    test("one refusal in a batch does not stop the others, and outcomes keep their order", async () => {
      const bob = await vhost("bob.test");
      const eve = await vhost("eve.test");
      const installs = [
        { vhost: bob, bundle: bundleFor(["bob.test"]) },
        { vhost: { id: "gone.test", account: "bob" }, bundle: bundleFor(["gone.test"]) },
        { vhost: { id: "bob.test", account: "eve" }, bundle: bundleFor(["bob.test"]) },
        { vhost: eve, bundle: bundleFor(["eve.test"]) },
      ];
      const outcomes = await panel.installCertificates(installs);
      expect(outcomes.map(({ problem }) => problem?.code ?? null)).toEqual([
        null,
        "vhost-unknown",
        "vhost-unknown",
        null,
      ]);
      expect(outcomes.map((outcome) => outcome.vhost)).toEqual(installs.map((install) => install.vhost));
      expect((await panel.readCertificate(bob))?.leaf.names).toEqual(["bob.test"]);
    });

    test("a suspended account is seen as such", async () => {
      await harness.suspend("eve");
      expect(await panel.readAccount("eve")).toMatchObject({ suspended: true });
    });

    test("a vhost that vanished is an error by its name", async () => {
      const id = harness.removable ?? "bob.test";
      const ref = await vhost(id);
      await harness.removeVhost(id);
      const [outcome] = await panel.installCertificates([{ vhost: ref, bundle: bundleFor([id]) }]);
      expect(outcome?.problem?.code).toBe("vhost-unknown");
    });

    test("what it lists at once, where it can, is what it says one by one", async () => {
      const ref = await vhost("bob.test");
      const bundle = bundleFor(["bob.test"]);
      await panel.installCertificates([{ vhost: ref, bundle }]);
      const listed = await panel.listInstalled?.().catch(unlessMissing);
      if (listed === undefined || listed === null) return;
      expect(listed).toContainEqual({ vhost: ref, fingerprint: bundle.leaf.fingerprint });
      for (const { vhost: one, fingerprint } of listed) {
        expect((await panel.readCertificate(one))?.leaf.fingerprint).toBe(fingerprint);
      }
    });

    test("finds a key in the account's own store, where it has one, by the public key, and no other account's", async () => {
      const { keepKey } = harness;
      const pairs = [
        generateKeyPairSync("rsa", { modulusLength: 2048 }),
        generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
      ];
      const stranger = keyIdOf(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey);
      const missing = await panel.findKey?.("bob", stranger).catch(unlessMissing);
      expect(missing ?? null).toBeNull();
      if (keepKey === undefined) return;
      for (const { privateKey, publicKey } of pairs) {
        await keepKey("bob", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
        const found = await panel.findKey?.("bob", keyIdOf(publicKey));
        expect(found == null ? null : keyIdOfPrivateKey(readAnyPrivateKey(found))).toBe(keyIdOf(publicKey));
        expect(await panel.findKey?.("eve", keyIdOf(publicKey))).toBeNull();
      }
      await expect(panel.findKey?.("nobody-here", stranger)).rejects.toMatchObject({
        code: "account-unknown",
      });
    });

    test("has its own certificate engine leave names alone and look after them again, where it has that choice", async () => {
      const ref = await vhost("bob.test");
      const known = (await panel.readEngineNames?.(ref).catch(unlessMissing)) ?? null;
      if (known === null || panel.readEngineNames === undefined || panel.keepEngineAway === undefined) return;
      const away = async () =>
        (await panel.readEngineNames?.(ref))?.filter((one) => one.away).map(({ name }) => name);
      expect(known.map(({ name }) => name)).toContain("bob.test");
      expect(await away()).toEqual([]);
      const name = parseHostName("www.bob.test");
      await expect(panel.keepEngineAway(ref, [name, parseHostName("eve.test")], true)).rejects.toMatchObject({
        code: "vhost-unknown",
      });
      expect(await away()).toEqual([]);
      for (const turn of [true, true, false, false]) {
        await panel.keepEngineAway(ref, [name], turn);
        expect(await away()).toEqual(turn ? [name] : []);
      }
      const gone = { id: "gone.test", account: "bob" };
      await expect(panel.readEngineNames(gone)).rejects.toMatchObject({ code: "vhost-unknown" });
      await expect(panel.keepEngineAway({ ...ref, account: "eve" }, [name], true)).rejects.toMatchObject({
        code: "vhost-unknown",
      });
    });

    const record: DcvAnswer = {
      method: "DNS",
      account: "bob",
      name: parseHostName("bob.test"),
      owner: "_0a1b2c.bob.test",
      type: "CNAME",
      value: "3d4e5f.sectigo.com",
    };

    test("publishes a DNS answer once, and takes away exactly it", async () => {
      await panel.publishDcv(record);
      await panel.publishDcv(record);
      await harness.settle();
      expect(await harness.lookUp("_0a1b2c.bob.test", "CNAME")).toEqual(["3d4e5f.sectigo.com"]);
      await panel.withdrawDcv({ ...record, value: "another.sectigo.com" });
      await harness.settle();
      expect(await harness.lookUp("_0a1b2c.bob.test", "CNAME")).toEqual(["3d4e5f.sectigo.com"]);
      await panel.withdrawDcv(record);
      await panel.withdrawDcv(record);
      await harness.settle();
      expect(await harness.lookUp("_0a1b2c.bob.test", "CNAME")).toEqual([]);
    });

    const file: DcvAnswer = {
      method: "FILE",
      account: "bob",
      name: parseHostName("bob.test"),
      path: "/.well-known/pki-validation/0A1B2C.txt",
      content: "3D4E5F\nsectigo.com\nxs-1",
    };

    test("publishes a validation file that the web server serves, and takes away exactly it", async () => {
      await panel.publishDcv(file);
      await panel.publishDcv(file);
      expect(await fetchFile(harness.httpPort, "bob.test", file.path)).toBe(file.content);
      await panel.withdrawDcv({ ...file, content: "something else" });
      expect(await fetchFile(harness.httpPort, "bob.test", file.path)).toBe(file.content);
      await panel.withdrawDcv(file);
      expect(await fetchFile(harness.httpPort, "bob.test", file.path)).toBeNull();
    });
  });
}

/** An ability that this panel does not have; anything else that went wrong is a failure. */
function unlessMissing(thrown: unknown): null {
  expect(thrown).toMatchObject({ code: "panel-feature-missing" });
  return null;
}

/** Fingerprints of what a vhost presents, leaf first. */
export function handshake(port: number, servername: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername, rejectUnauthorized: false }, () => {
      const found: string[] = [];
      let current = socket.getPeerCertificate(true);
      while (current?.raw !== undefined) {
        const print = new X509Certificate(current.raw).fingerprint256.replaceAll(":", "").toLowerCase();
        if (found.includes(print)) break;
        found.push(print);
        current = current.issuerCertificate;
      }
      socket.destroy();
      resolve(found);
    });
    socket.on("error", reject);
  });
}

async function fetchFile(port: number, host: string, path: string): Promise<string | null> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers: { host } }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString("utf8");
      });
      response.on("end", () => resolve(response.statusCode === 200 ? body : null));
    })
      .on("error", reject)
      .end();
  });
}
