import { AddressList, sourceAddress } from "../../src/webhook/source-address.ts";

const ca = new AddressList(["185.93.12.91", "185.93.12.111", "2a03:8de0:1:1::91", "2a03:8de0:1:1::111"]);

test.each([
  ["185.93.12.91", true],
  ["185.93.12.111", true],
  ["2a03:8de0:1:1::111", true],
  ["::ffff:185.93.12.91", true],
  ["::ffff:b95d:c5b", true],
  ["2a03:8de0:1:1::91", true],
  ["2a03:8de0:0001:0001:0000:0000:0000:0091", true],
  ["2A03:8DE0:1:1:0:0:0:91", true],
  ["185.93.12.90", false],
  ["185.93.12.9", false],
  ["185.93.12.911", false],
  ["2a03:8de0:1:1::92", false],
  ["2a03:8de0::1", false],
  ["::185.93.12.91", false],
  ["64:ff9b::185.93.12.91", false],
  ["2a03:8de0:1:1::91%eth0", false],
  ["127.0.0.1", false],
  ["", false],
  ["localhost", false],
])("F-38 %s is on the list: %s", (address, expected) => {
  expect(ca.has(address)).toBe(expected);
});

test("an IPv6 address with a zone is on no list, whatever range it lies in", () => {
  expect(new AddressList(["fe80::/10"]).has("fe80::1%eth0")).toBe(false);
  expect(new AddressList(["fe80::/10"]).has("fe80::1")).toBe(true);
});

test("a range has what lies in it", () => {
  const ranges = new AddressList(["192.0.2.0/24", "2001:db8::/32"]);
  expect(
    ["192.0.2.255", "192.0.3.0", "2001:db8:1::1", "2001:db9::1"].map((address) => ranges.has(address)),
  ).toEqual([true, false, true, false]);
});

describe("behind a proxy", () => {
  const proxies = new AddressList(["10.0.0.1", "10.0.0.2"]);
  const claim = "185.93.12.91";

  test.each<[string, string, string | string[] | undefined, string | null]>([
    ["a stranger's header counts for nothing", "192.0.2.7", claim, "192.0.2.7"],
    ["a local program's header counts for nothing (T-02)", "127.0.0.1", claim, "127.0.0.1"],
    ["a proxy's own entry counts", "10.0.0.1", "192.0.2.7", "192.0.2.7"],
    ["only the last entry counts", "10.0.0.1", `${claim}, 192.0.2.7`, "192.0.2.7"],
    ["proxies behind each other are peeled off", "10.0.0.2", `192.0.2.7, 10.0.0.1`, "192.0.2.7"],
    ["an IPv6 entry with port", "10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["no header is nobody", "10.0.0.1", undefined, null],
    ["a header that is no address is nobody", "10.0.0.1", "unknown", null],
    ["a proxy that names only proxies is nobody", "10.0.0.1", "10.0.0.2", null],
    ["several headers are one list", "10.0.0.1", [claim, "192.0.2.7"], "192.0.2.7"],
    ["an IPv6 entry in brackets without port", "10.0.0.1", "[2001:db8::7]", "2001:db8::7"],
    ["a long port", "10.0.0.1", "[2001:db8::7]:65535", "2001:db8::7"],
    ["something before the brackets is nobody", "10.0.0.1", "x[2001:db8::7]", null],
    ["brackets around a part of an address are nobody", "10.0.0.1", "2001:db8::[7]", null],
    ["an address that goes on behind the brackets is nobody", "10.0.0.1", "[2001:db8::]7", null],
    ["something behind the port is nobody", "10.0.0.1", "[2001:db8::7]:1x", null],
    ["an empty last entry is nobody", "10.0.0.1", `${claim},`, null],
  ])("%s", (_name, peer, header, expected) => {
    expect(sourceAddress(peer, header, proxies)).toBe(expected);
  });
});
