import { generateKeyPairSync } from "node:crypto";
import {
  makeReceiver,
  openParcel,
  readInvitation,
  readParcelHead,
  sealParcel,
  writeInvitation,
} from "../../src/keys/sealed-parcel.ts";
import { Secret } from "../../src/secret.ts";

const id = "0123456789abcdef0123456789abcdef";
const content = new Secret("what root carries over: ключ");

function open(): { pem: Secret; parcel: string } {
  const { publicKey, pem } = makeReceiver();
  const invitation = readInvitation(writeInvitation({ id, to: "web02", account: "bob", publicKey }));
  return { pem, parcel: sealParcel(content, "web01", invitation) };
}

test.each([
  ["", "nothing"],
  ["bm9uZQ", "no JSON"],
  [
    Buffer.from(JSON.stringify({ v: 2, id, to: "web02", account: "bob", publicKey: "AAAA" })).toString(
      "base64url",
    ),
    "another version",
  ],
  [
    Buffer.from(
      JSON.stringify({ v: 1, id: "short", to: "web02", account: "bob", publicKey: "AAAA" }),
    ).toString("base64url"),
    "no number",
  ],
])("an invitation that is %s is refused: %s", (text) => {
  expect(() => readInvitation(text)).toThrow(expect.objectContaining({ code: "handover-refused" }));
});

test("a parcel opens with the key it is sealed for, and says before that for whom it is", () => {
  const { pem, parcel } = open();
  expect(readParcelHead(parcel)).toMatchObject({ id, from: "web01", to: "web02", account: "bob" });
  expect(openParcel(parcel, pem).reveal()).toBe(content.reveal());
  expect(parcel).not.toContain("root carries");
});

test("another key opens nothing, nor does a key of another kind", () => {
  const { parcel } = open();
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  for (const pem of [
    makeReceiver().pem,
    new Secret(rsa.export({ type: "pkcs8", format: "pem" }).toString()),
    new Secret("no key"),
  ]) {
    expect(() => openParcel(parcel, pem)).toThrow(expect.objectContaining({ code: "handover-refused" }));
  }
});

test("no byte of a parcel can be changed, and no public key that forces the agreement is taken", () => {
  const { pem, parcel } = open();
  const whole = JSON.parse(parcel) as Record<string, unknown> & { head: Record<string, string> };
  const changes: Record<string, unknown>[] = [
    { ...whole, v: 2 },
    { ...whole, format: "another" },
    ...["nonce", "tag", "body"].map((field) => ({ ...whole, [field]: flip(String(whole[field])) })),
    ...Object.keys(whole.head).map((field) => ({
      ...whole,
      head: { ...whole.head, [field]: flip(whole.head[field] ?? "") },
    })),
    // A point of small order makes every agreement the same; OpenSSL refuses it.
    { ...whole, head: { ...whole.head, ephemeral: Buffer.alloc(32).toString("base64url") } },
    { ...whole, tag: String(whole["tag"]).slice(0, 6) },
  ];
  for (const changed of changes) {
    expect(() => openParcel(JSON.stringify(changed), pem)).toThrow(
      expect.objectContaining({ code: "handover-refused" }),
    );
  }
  expect(openParcel(parcel, pem).reveal()).toBe(content.reveal());
});

test("the same content is another parcel each time", () => {
  const { publicKey } = makeReceiver();
  const invitation = readInvitation(writeInvitation({ id, to: "web02", account: "bob", publicKey }));
  const [one, two] = [1, 2].map(
    () => JSON.parse(sealParcel(content, "web01", invitation)) as Record<string, unknown>,
  );
  for (const field of ["head", "nonce", "body"]) expect(one?.[field]).not.toEqual(two?.[field]);
});

/** Another text of the same length and alphabet. */
function flip(text: string): string {
  return (text.startsWith("1") ? "2" : "1") + text.slice(1);
}
