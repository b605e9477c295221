import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { makeCertificateRequest } from "../../src/keys/certificate-request.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { Secret } from "../../src/secret.ts";
import { TestAuthority } from "../fakes/test-authority.ts";
import { toPem } from "../labs/ca/pem.ts";
import { certificatesOnlyPkcs7 } from "../labs/ca/pkcs7.ts";

const requestView = {
  id: 964200101,
  domainName: "example.nl",
  subjectAlternativeNames: ["www.example.nl"],
  years: 1,
  dateOrdered: "2016-05-23T09:56:03+0200",
  requiresAction: false,
  brandValidation: "0",
  validations: {
    dcv: {
      status: false,
      statusDetail: -1,
      statusMessage: null,
      domains: [
        {
          domain: "example.nl",
          status: 0,
          dcvType: "DNS",
          dnsRecord: "_abc.example.nl",
          dnsCnameValue: "abc.sectigo.com",
          fileLocation: "example.nl/.well-known/pki-validation/A.txt",
          fileContents: "abc",
        },
      ],
    },
  },
  _embedded: { product: { id: 90, name: "EssentialSSL", brand: "Sectigo" }, notes: [] },
};
const requests = { page: 1, pages: 1, total: 1, _embedded: { requests: { "1": requestView } } };
const product = {
  id: "90",
  brand: "Sectigo",
  name: "EssentialSSL",
  includeDomains: 1,
  prices: [{ years: 1, price: "9.00", extraPrice: 9, priceExtraWildcard: "79.5" }],
};
const products = { page: 1, pages: 1, _embedded: { products: [product] } };
const certificates = {
  _embedded: { certificates: [{ id: 1, dateIssued: "2016-05-23", dateExpired: "2017-05-23T00:00:00.0Z" }] },
};
const calls = { list: { "0": { requestId: 1, date: "2026-01-01", time: "10:00" } } };

const pleskIdentity = JSON.stringify({
  time: 1_795_000_000,
  nonce: "0123456789abcdef0123456789abcdef",
  output: "page",
  method: "POST",
  query: "page=order&names=example.nl",
  contentType: "application/x-www-form-urlencoded",
  body: "0".repeat(64),
  session: "a".repeat(64),
  login: "bob",
  role: "client",
  impersonator: null,
  locale: "nl-NL",
  site: { id: 1, name: "example.nl" },
  permitted: ["example.nl"],
  closed: [],
  base: "/modules/xolphin-ssl/",
});
const form = "name%3Aexample.nl=1&others=www.example.nl%2C+b%C3%BCcher.nl&company=A&country=nl&kvk=12345678";

/** Good inputs, from which the fuzzing of each target begins. */
export async function fuzzSeeds(): Promise<Readonly<Record<string, readonly (string | Buffer)[]>>> {
  const names = ["example.nl", "*.example.nl"].map(parseHostName);
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  const { pem } = new TestAuthority(new Date()).leaf(names);
  const certificate = Buffer.from(new X509Certificate(pem).raw);
  const pkcs7 = certificatesOnlyPkcs7([certificate]);
  const sec1 = pair.export({ type: "sec1", format: "pem" }).toString();
  const pkcs8 = pair.export({ type: "pkcs8", format: "pem" }).toString();
  const request = await makeCertificateRequest(names, new Secret(pkcs8));
  const derOf = (text: string): Buffer => Buffer.from(text.replace(/-----[^-]+-----/g, ""), "base64");
  return {
    "webhook parameters": [
      "RequestId=964200101&Status=Issued&State=DCV&Domain=example.nl",
      "requestid=1&status=Updated",
    ],
    "webhook streams": [
      "GET /webhook?RequestId=7&Status=Issued HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 27\r\n\r\nRequestId=8&Status=Updated&",
      "GET /webhook?RequestId=7&Status=Issued HTTP/1.1\r\nHost: a\r\n\r\nGET /webhook?RequestId=9&Status=Issued HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /webhook?RequestId=7&Status=Issued HTTP/1.0\r\n\r\n",
    ],
    "host names": ["example.nl", "*.xn--mnchen-3ya.example.co.uk", "münchen.de"],
    "certificates, DER": [certificate, pkcs7],
    "certificates, PEM": [pem, toPem("PKCS7", pkcs7)],
    "certificate requests, DER": [derOf(request)],
    "certificate requests, PEM": [request],
    "private keys, DER": [derOf(pkcs8)],
    "private keys, PEM": [sec1, pkcs8],
    "answers of the CA": [requestView, requests, products, certificates, calls, ["admin@example.nl"]].map(
      (value) => JSON.stringify(value),
    ),
    "validation values": [
      "example.nl\n_abc\nabc.sectigo.com\nhttp://example.nl/.well-known/pki-validation/A.txt\nabc",
      "*.example.co.uk\n_abc.example.co.uk.\ntoken\n/.well-known/pki-validation/B.txt\nx",
    ],
    "answers of panels": [
      "error=0&text=Saved&details=",
      "error=1&text=Cannot+Execute&details=%3Cb%3Eno%3C%2Fb%3E",
      '{"error":"1","result":"no"}',
      '{"type":"NOT_FOUND","message":"no"}',
      '{"metadata":{"result":1,"reason":"OK","version":1},"data":{"uapi":{"status":1,"errors":null,"data":[]}}}',
      '{"result":{"status":0,"errors":["Access denied"],"data":null}}',
      'warn: hook\n{"status":1,"data":{"a":1}}\n',
      "CSR Priv Cert CA Name  Used\nY  Y  Y  Y  Lets Encrypt example.nl   1\nN N N N default certificate 0\n",
      'Deprecated: x\nxolphin-ssl {"status":"ok","id":1,"flag":true}\n',
      "18.0.79 Debian 12\nmin_password_strength:  5\n  -mail-certificate <name>\n",
      "Unable to find domain: -----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ],
    "pages and forms": [
      `BRIDGE_FROM=account\0BRIDGE_USER=bob\0BRIDGE_ACTION=ACT\0BRIDGE_LOGIN=bob\0MAY_ACT=1\0QUERY_STRING=page=order\0\0${form}`,
      `LAUNCHER_LEVEL=user\0LAUNCHER_SCRIPT=index.html\0SESSION_ID=a\0QUERY_STRING=page=order\0POST=${form}`,
      `${pleskIdentity}\n${form}`,
    ],
    "planted fault": ["aaaa"],
  };
}
