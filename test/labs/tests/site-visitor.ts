import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:tls";

/** What a visitor of a lab's websites needs to know of it. */
interface Sites {
  readonly address: string;
  readonly httpPort: number;
  readonly httpsPort: number;
}

export interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests as a client does.
  json(): any;
}

export async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) };
}

/** What a browser is shown for a name: the names in the first certificate, and how many there are. */
export function shownCertificate(
  lab: Sites,
  name: string,
  port = lab.httpsPort,
): Promise<{ names: string; fingerprint: string; length: number }> {
  return new Promise((resolve, reject) => {
    const options = { host: lab.address, port, servername: name, rejectUnauthorized: false };
    const socket = connect(options, () => {
      const leaf = socket.getPeerCertificate(true);
      let length = 1;
      for (let one = leaf; one.issuerCertificate && one.issuerCertificate !== one; length += 1) {
        one = one.issuerCertificate;
      }
      socket.destroy();
      resolve({ names: leaf.subjectaltname ?? "", fingerprint: leaf.fingerprint256, length });
    });
    socket.on("error", reject);
  });
}

/** A page of a website over plain HTTP. */
export function fetchPage(lab: Sites, host: string, path = "/"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: lab.address, port: lab.httpPort, path, headers: { host }, agent: false };
    const request = httpRequest(options, (response) => resolve(readAnswer(response)));
    request.on("error", reject);
    request.end();
  });
}
