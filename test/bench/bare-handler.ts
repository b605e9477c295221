import express from "express";

/* What the intake is measured against: Express as its documentation shows it, storing nothing. `bare-handler PORT` */
const app = express();
app.get("/webhook", (request, response) => {
  response.send(request.query["RequestId"] === undefined ? "" : "OK");
});
app.listen(Number(process.argv[2]), "127.0.0.1");
