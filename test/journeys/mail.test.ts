import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";
import { Stage } from "./stage.ts";

/*
 * Mails as the server's sendmail gets them: a script in its place keeps what came in and how it was called.
 */

let folder: string;
let box: string;
let stage: Stage;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-mail-"));
  box = join(folder, "box");
  const sendmail = join(folder, "sendmail");
  writeFileSync(sendmail, `#!/bin/sh\n{ printf 'ARGS %s\\n' "$*"; cat; printf '\\nEND\\n'; } >> '${box}'\n`);
  chmodSync(sendmail, 0o700);
  stage = await Stage.open({
    settings: `notify: { sendmail: ${sendmail}, administrator: root@server.test }\nbrand: { name: "Bob's SSL" }`,
  });
  stage.panel.addAccount("rob", { role: "reseller", email: "rob@resell.test" });
  stage.panel.addAccount("bob", { email: "bob@example.test", language: "nl", owner: "rob" });
});
afterEach(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Received {
  readonly args: string;
  readonly head: string;
  readonly body: string;
}

function mails(): Received[] {
  if (!existsSync(box)) return [];
  return (
    readFileSync(box, "utf8")
      .split("\nEND\n")
      // What comes after the last end is still being written.
      .slice(0, -1)
      .map((mail) => {
        const [args = "", ...rest] = mail.split("\n");
        const [head = "", ...body] = rest.join("\n").split("\n\n");
        return { args, head, body: decode(head, body.join("\n\n")) };
      })
  );
}

function decode(head: string, body: string): string {
  if (/transfer-encoding: base64/i.test(head)) return Buffer.from(body, "base64").toString("utf8");
  const bytes = body
    .replaceAll(/=\n/g, "")
    .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

const zoneElsewhere = async (): Promise<never> => {
  throw new CodedError("dcv-zone-elsewhere");
};

test("a certificate that is served is told once, to the account, in its language, with no secret in it", async () => {
  const placed = await stage.order("example.test", { account: "bob" });
  await stage.untilState(placed.reference, "installed");
  await stage.until(() => mails().length > 0);
  await stage.clock.advance(10 * 60_000);
  await stage.settle();
  const [mail, ...more] = mails();
  expect(more).toEqual([]);
  expect(mail?.args).toContain("bob@example.test");
  expect(mail?.head).toMatch(/^Subject: example\.test is beveiligd$/m);
  expect(mail?.head).toMatch(/^From: "?Xolphin SSL"? <xolphin-ssl@localhost>$/m);
  expect(mail?.head).toMatch(/^Auto-Submitted: auto-generated$/m);
  expect(mail?.body).toContain("Bob's SSL");
  expect(mail?.body).not.toMatch(/PRIVATE KEY|https?:\/\/|token/i);
  // Who it is for was asked for alone: a server has thousands of accounts.
  expect(stage.panel.count("listAccounts")).toBe(0);
});

test("what waits for the account is told to the account, several things in one mail, and not again the same day", async () => {
  stage.panel.publishDcv = zoneElsewhere;
  for (const name of ["one.test", "two.test"]) {
    const placed = await stage.order(name, { account: "bob" });
    await stage.untilState(placed.reference, "needs-you");
  }
  await stage.until(() => mails().length > 0);
  const before = mails();
  expect(before).toHaveLength(1);
  expect(before[0]?.head).toMatch(/^Subject: 2 berichten/m);
  expect(before[0]?.body).toContain("one.test");
  expect(before[0]?.body).toContain("two.test");
  expect(before[0]?.body).toContain("De DNS van deze naam wordt elders beheerd.");
  await stage.clock.advance(3_600_000);
  await stage.settle();
  expect(mails()).toHaveLength(1);
});

test("what passed before the mail went out is not told", async () => {
  const { publishDcv } = stage.panel;
  stage.panel.publishDcv = zoneElsewhere;
  const placed = await stage.order("example.test", { account: "bob" });
  await stage.untilState(placed.reference, "needs-you");
  stage.panel.publishDcv = publishDcv;
  await stage.agent.operations.retryDcv(placed.reference, { name: null, method: "dns", email: null });
  await stage.untilState(placed.reference, "installed");
  await stage.until(() => mails().length > 0);
  expect(mails().map(({ head }) => /Subject: (.*)/.exec(head)?.[1])).toEqual(["example.test is beveiligd"]);
});

test("what the reseller or the server's owner must do goes to them", async () => {
  const placed = await stage.order("example.test", { account: "bob" });
  stage.panel.addAccount("bob", { email: "bob@example.test", owner: "rob", tlsAllowed: false });
  await stage.untilState(placed.reference, "needs-you");
  await stage.until(() => mails().length > 0);
  expect(mails()[0]?.args).toContain("rob@resell.test");
});

test("F-47 a mail server that does not answer: tried again later, nothing is lost", async () => {
  const sendmail = join(folder, "sendmail");
  const working = readFileSync(sendmail, "utf8");
  writeFileSync(sendmail, "#!/bin/sh\nexit 75\n");
  const placed = await stage.order("example.test", { account: "bob" });
  await stage.untilState(placed.reference, "installed");
  await stage.until(() => stage.agent.context.store.readMeta("mail.problem") === "mail-not-sent");
  writeFileSync(sendmail, working);
  // The mail is there a moment before it is written down that it went out.
  await stage.until(() => stage.agent.context.store.notices.open(10).length === 0);
  expect(mails()).toHaveLength(1);
});

test("an address from the panel that is none, or holds another header, gets nothing", async () => {
  stage.panel.addAccount("eve", { email: "eve@x.test\r\nBcc: all@x.test" });
  const placed = await stage.order("eve.test", { account: "eve" });
  await stage.untilState(placed.reference, "installed");
  await stage.clock.advance(600_000);
  await stage.settle();
  expect(mails()).toEqual([]);
});
