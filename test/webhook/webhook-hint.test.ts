import { parseHint } from "../../src/webhook/webhook-hint.ts";

/** Parameters that nobody knows, each once. */
function unknown(count: number): string {
  return Array.from({ length: count }, (_none, index) => `x${index}=1`).join("&");
}

test.each([
  ["nothing", ""],
  ["no id", "Status=Issued"],
  ["no status", "RequestId=1"],
  ["an empty id", "RequestId=&Status=Issued"],
  ["id 0", "RequestId=0&Status=Issued"],
  ["a leading zero", "RequestId=01&Status=Issued"],
  ["eleven digits", "RequestId=12345678901&Status=Issued"],
  ["a sign", "RequestId=%2B1&Status=Issued"],
  ["a negative id", "RequestId=-1&Status=Issued"],
  ["a fraction", "RequestId=1.0&Status=Issued"],
  ["an exponent", "RequestId=1e3&Status=Issued"],
  ["a hexadecimal id", "RequestId=0x10&Status=Issued"],
  ["digits of another script", "RequestId=%D9%A1&Status=Issued"],
  ["a space around it", "RequestId=%201&Status=Issued"],
  ["the id twice", "RequestId=1&RequestId=2&Status=Issued"],
  ["the id twice in other letters", "RequestId=1&requestid=1&Status=Issued"],
  ["the status twice", "RequestId=1&Status=Issued&Status=Deleted"],
  ["brackets", "RequestId[]=1&Status=Issued"],
  ["encoded brackets", "RequestId=1&Status%5Bx%5D=Issued"],
  ["a nested prototype", "RequestId=1&Status=Issued&__proto__[x]=1"],
  ["bad percent encoding", "RequestId=1&Status=%zz"],
  ["half a percent sign", "RequestId=1&Status=Issued%"],
  ["broken UTF-8", "RequestId=1&Status=%ff%fe"],
  ["a NUL in the status", "RequestId=1&Status=Iss%00ued"],
  ["a line break in the status", "RequestId=1&Status=Issued%0d%0aX"],
  ["a long status", `RequestId=1&Status=${"x".repeat(65)}`],
  ["a long state", `RequestId=1&Status=Updated&State=${"x".repeat(65)}`],
  ["many parameters", `RequestId=1&Status=Issued&${unknown(31)}`],
  ["an unprintable state", "RequestId=1&Status=Updated&State=%00DCV"],
  ["a state with an unprintable end", "RequestId=1&Status=Updated&State=DCV%07"],
  ["a status with an unprintable start", "RequestId=1&Status=%07Issued"],
  ["letters of another script", "RequestId=1&Status=Issu%C3%A9d"],
  ["brackets in a parameter nobody knows", "RequestId=1&Status=Issued&x]=1"],
  ["bad percent encoding in a value nobody reads", "RequestId=1&Status=Issued&x=%zz"],
  ["bad percent encoding in a name", "RequestId=1&Status=Issued&%zz=1"],
  ["a parameter nobody knows twice", "RequestId=1&Status=Issued&x=1&x=2"],
  ["an id behind a digit", "RequestId=a1&Status=Issued"],
  ["an id before a letter", "RequestId=1a&Status=Issued"],
])("W %s is refused", (_name, query) => {
  expect(parseHint(query)).toBeNull();
});

test.each([
  [
    "RequestId=964200101&Status=Issued",
    { requestId: 964200101, status: "Issued", state: null, domain: null },
  ],
  ["status=issued&REQUESTID=7", { requestId: 7, status: "Issued" }],
  [
    "RequestId=7&Status=Updated&State=dcv&Domain=WWW.Example.nl",
    { status: "Updated", state: "DCV", domain: "www.example.nl" },
  ],
  ["RequestId=7&Status=Updated&State=DCV&Domain=b%C3%BCcher.example", { domain: "xn--bcher-kva.example" }],
  ["RequestId=7&Status=Updated&State=DCV&Domain=<script>", { state: "DCV", domain: null }],
  ["RequestId=7&Status=Deleted&Unknown=1&", { status: "Deleted" }],
  ["RequestId=9999999999&Status=Issued", { requestId: 9999999999 }],
  [`RequestId=7&Status=Issued&${unknown(30)}`, { requestId: 7 }],
  [`RequestId=7&Status=${"x".repeat(64)}&State=${"y".repeat(64)}`, { state: "y".repeat(64) }],
  ["RequestId=7&Status=Soon+issued&State=a%2Bb", { status: "Soon issued", state: "a+b" }],
  ["RequestId=7&Status=a=b", { status: "a=b" }],
  ["&&RequestId=7&&Status=Issued&", { requestId: 7 }],
  ["RequestId=7&Status=Issued&Alone&Alon=1", { requestId: 7 }],
  ["RequestId=7&Status=Issued&State", { state: null }],
  ["RequestId=7&Status=Issued&Domain", { domain: null }],
  ["RequestId=7&Status=%49ssued", { status: "Issued" }],
])("%s is understood", (query, expected) => {
  expect(parseHint(query)).toMatchObject(expected);
});

test.each([
  ["Issued", "Updated", "Deleted"],
  ["PhonecallDelayed", "Phone", "Organization", "CSR", "Message", "DCV", "Whois", "ReadyForReissue"],
])("what the CA is known to send is taken in its own spelling: %s …", (...words) => {
  for (const word of words) {
    for (const sent of [word, word.toLowerCase(), word.toUpperCase()]) {
      expect(parseHint(`RequestId=7&Status=${sent}&State=${sent}`)).toMatchObject(
        words.length === 3 ? { status: word } : { state: word },
      );
    }
  }
});

test("F-20 an unknown status or state is kept as it came: it means read again", () => {
  expect(parseHint("RequestId=7&Status=Revoked")).toMatchObject({ status: "Revoked", state: null });
  expect(parseHint("RequestId=7&Status=Updated&State=NewThing")).toMatchObject({ state: "NewThing" });
});
