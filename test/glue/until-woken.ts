import { createServer } from "node:http";

/** Takes the place of the agent's control socket at `path` for one call, and tells what that was. */
export function untilWoken(path: string): Promise<{ body: string; url: string }> {
  return new Promise((resolve) => {
    const control = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString("utf8");
      });
      request.on("end", () => {
        response.end("{}");
        control.close();
        resolve({ body, url: request.url ?? "" });
      });
    }).listen(path);
  });
}
