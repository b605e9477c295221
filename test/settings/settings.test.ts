import { CodedError } from "../../src/errors.ts";
import { parseSettings, readSettings } from "../../src/settings.ts";

const kinds = ["one", "two"];
const minimal = `
ca: { username: account@example.nl, passwordFile: /etc/xolphin-ssl/ca-password }
panel: { kind: one }
`;

function faults(text: string): string[] {
  try {
    parseSettings(text, "config.yaml", kinds);
  } catch (error) {
    if (error instanceof CodedError && error.code === "settings-invalid") {
      return error.fields.map(({ field, text }) => `${field} ${text}`);
    }
    throw error;
  }
  return [];
}

test("a file that is not there is a clear error", () => {
  expect(() => readSettings("/nowhere/config.yaml", kinds)).toThrow(
    expect.objectContaining({ code: "settings-invalid", detail: "/nowhere/config.yaml can't be read" }),
  );
});

test("every fault is reported at once with its key, and no value is repeated", () => {
  const found = faults(`
ca: { baseUrl: "http://plain.example/", username: "", password: hunter2 }
webhook: { listen: ["0.0.0.0:99999"], allowedSources: ["1.2.3"], tls: "yes" }
panel: { kind: three, rootDir: relative }
policy: { replace: sometimes }
surprise: 1
`);
  expect(found).toEqual(
    expect.arrayContaining([
      "ca.baseUrl must be an https:// address",
      "ca.passwordFile is missing",
      "ca.password is not a known key",
      "webhook.listen.0 has a port that does not exist",
      "webhook.allowedSources.0 must be an IP address or a range like 192.0.2.0/24",
      "webhook.tls must be a boolean",
      "panel.rootDir must be an absolute path",
      "policy.replace must be one of when-better, always, never",
      "surprise is not a known key",
    ]),
  );
  expect(found.join()).not.toContain("hunter2");
});

test.each([
  [
    "a CA address with credentials in it",
    minimal.replace("ca: {", 'ca: { baseUrl: "https://u:p@x.example/",'),
    "ca.baseUrl",
  ],
  ...["127.0.0.1", "127.0.0.9", "127.0.0.0/8", "0.0.0.0/1", "::1", "::/8", "::ffff:127.0.0.1"].map(
    (address): [string, string, string] => [
      `a proxy on this server, where every program could pass for it (T-02): ${address}`,
      `${minimal}webhook: { trustedProxies: ["10.0.0.1", "${address}"] }`,
      "webhook.trustedProxies.1 must hold no loopback address",
    ],
  ),
  ["an unknown panel", minimal.replace("kind: one", "kind: three"), "panel.kind must be one of one, two"],
  ["a certificate without its key", `${minimal}webhook: { certificateFile: /a.pem }`, "webhook.keyFile"],
  ["a key that stands twice", `${minimal}panel: { kind: two }`, "line 4 is not valid YAML"],
  ["text that is no YAML", "ca: [", "is not valid YAML"],
  ["an empty file", "", "ca is missing"],
])("%s is refused", (_name, text, expected) => {
  expect(faults(text).join("\n")).toContain(expected);
});

test("what is left out gets the documented default", () => {
  const settings = parseSettings(minimal, "config.yaml", kinds);
  expect(settings).toMatchObject({
    ca: { baseUrl: "https://api.xolphin.com/v1/", trustFile: null },
    webhook: {
      listen: ["0.0.0.0:9770", "[::]:9770"],
      tls: true,
      path: "/webhook",
      allowedSources: ["185.93.12.91", "185.93.12.111", "2a03:8de0:1:1::91", "2a03:8de0:1:1::111"],
    },
    panel: { rootDir: "/", executor: "socket" },
    verify: { address: null, httpsPort: 443, httpPort: 80 },
    policy: { renewal: "ask", reissue: "automatic", replace: "when-better", adoptFreeCertificates: true },
    sweep: { pendingMinutes: 5, fullHours: 24, installedMinutes: 60 },
    stateDir: "/var/lib/xolphin-ssl",
    runDir: "/run/xolphin-ssl",
  });
});
