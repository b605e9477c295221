import { readFileSync } from "node:fs";
import { checkPair, UnusableCertificate } from "../common/certificate-checks.ts";
import {
  type ApiCall,
  ApiRefusal,
  type ApiRoute,
  badRequest,
  flag,
  readObject,
  textMember,
} from "./api-call.ts";
import { emptyReply, jsonReply, type PanelReply } from "./panel-call.ts";
import { storeHostCertificate } from "./server-tree.ts";

/** The certificate of the server itself, which the panel shows (spec §3.3, §3.6). */
export const serverTlsRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/server-tls/status",
    summary: "State of the server's certificate",
    role: "admin",
    answer: (call) =>
      jsonReply(200, {
        enabled: true,
        acmeEnabled: false,
        certFileValid: true,
        keyFileValid: true,
        validationError: problemOf(call, read(call, "cakey.pem"), read(call, "cacert.pem")) ?? "",
      }),
  },
  {
    method: "GET",
    path: "/api/server-tls/files",
    summary: "The server's certificate and key",
    role: "admin",
    answer: (call) => jsonReply(200, { certificate: read(call, "cacert.pem"), key: read(call, "cakey.pem") }),
  },
  {
    method: "PUT",
    path: "/api/server-tls/files",
    summary: "Install the server's certificate",
    query: ["force"],
    body: () => "serverTlsFiles",
    role: "admin",
    answer: putFiles,
  },
];

function putFiles(call: ApiCall): PanelReply {
  const body = readObject(call);
  const [cert, key] = [textMember(body, "certificate"), textMember(body, "key")];
  if (cert === "" || key === "") throw badRequest("certificate and key are required");
  const problem = flag(call, "force") ? undefined : problemOf(call, key, cert);
  if (problem !== undefined) throw new ApiRefusal(409, "TLS_CERTIFICATE_INVALID", problem);
  storeHostCertificate(call.state.files, { key, cert });
  call.state.showHostCertificate();
  return emptyReply(204);
}

function problemOf({ state }: ApiCall, key: string, cert: string): string | undefined {
  try {
    checkPair(key, cert, { hosts: [state.hostName], now: new Date(), refusesPkcs8: false });
    return undefined;
  } catch (cause) {
    if (cause instanceof UnusableCertificate) return cause.message;
    throw cause;
  }
}

function read({ state }: ApiCall, name: string): string {
  return readFileSync(state.files.panel("conf", name), "utf8");
}
