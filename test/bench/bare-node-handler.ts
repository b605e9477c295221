import { createServer } from "node:http";

/* What the intake is measured against: the runtime's own server, storing nothing. `bare-node-handler PORT` */
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname !== "/webhook") response.writeHead(404).end();
  else response.end(searchParams.has("RequestId") ? "OK" : "");
}).listen(Number(process.argv[2]), "127.0.0.1");
