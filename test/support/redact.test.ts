import { createRedactor } from "../../src/support/redact.ts";

const key = `-----BEGIN PRIVATE KEY-----\n${"QUJDREVG".repeat(24)}\n-----END PRIVATE KEY-----`;
const password = 'c4nary pass"wörd';
const token = "canary-token-1";
const redact = createRedactor([password, token]);

test.each<[string, string, string]>([
  ["a key in PEM", key, "QUJDREVG"],
  ["a key inside JSON", JSON.stringify({ pem: key }), "QUJDREVG"],
  ["the beginning of a key that was cut off", key.slice(0, 90), "QUJDREVG"],
  ["the password as it is", `login with ${password} failed`, "c4nary"],
  ["the password in JSON", JSON.stringify({ x: password }), "c4nary"],
  ["the password in an address", `https://x.example/?p=${encodeURIComponent(password)}`, "c4nary"],
  ["the password in a form", new URLSearchParams({ p: password }).toString(), "c4nary"],
  [
    "the password in Basic authentication",
    `Basic ${Buffer.from(password).toString("base64")}`,
    Buffer.from(password).toString("base64").slice(0, 16),
  ],
  ["the path token", `GET /webhook/${token}?RequestId=1`, token],
  ["a cookie", "Cookie: session=canary12345; key=canary67890", "canary"],
  ["a cookie in JSON", '{"set-cookie":"session=canary12345; Secure"}', "canary"],
  ["a bearer", "authorization: Bearer canary.header.value", "canary"],
  ["what is called a password", "smtp_password=canary1, next", "canary"],
  ["credentials in an address", "smtp://user:canary1@mail.example.nl:587", "canary"],
  ["a mail address", "approver canary.person@example.nl answered", "canary"],
  ["an encoded mail address", "email=canary.person%40example.nl", "canary"],
  ["a long word that could be a token", "found canary0aZ9canary0aZ9canary0aZ9canary", "canary0aZ9canary"],
])("%s is not in what is sent", (_what, text, canary) => {
  expect(redact(text)).not.toContain(canary);
});

test("what happened is still told", () => {
  const line =
    '{"time":"2026-11-24T09:00:00Z","level":"error","message":"an order failed","request":960000001,"error":"ca-refused-us HTTP 401"}';
  expect(redact(line)).toBe(line);
  expect(redact("fingerprint abcdef0123456789abcdef0123456789abcdef")).toBe("fingerprint abcdef…");
});
