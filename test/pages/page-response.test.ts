import { fileResponse, httpAnswer, jsonResponse } from "../../src/pages/page-response.ts";
import { routes } from "../../src/pages/page-router.ts";
import { admin, openRouter, pageRequest } from "./page-fixtures.ts";

test("every path is answered by one page only", () => {
  const paths = routes.map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
});

test("a page is not handed out as a whole answer, nor a whole answer printed into the frame", async () => {
  const { answer } = openRouter();
  await expect(answer(pageRequest("/admin", { caller: admin, output: "raw" }))).resolves.toMatchObject({
    output: "raw",
    status: 404,
    body: "[]",
  });
  const inFrame = await answer(pageRequest("/menu"));
  if (inFrame.output !== "page") throw new Error("the menu came whole");
  expect(inFrame.html).toContain("not-found");
});

test("a download is saved under a harmless name, byte for byte, and can't run as a page", () => {
  const bytes = new Uint8Array([0, 255, 13, 10, 13, 10, 128]);
  const answer = httpAnswer(fileResponse('*.ex"ample\r\n.test.zip', "application/zip", bytes));
  const end = answer.indexOf("\r\n\r\n");
  expect(answer.subarray(0, end).toString()).toBe(
    [
      "HTTP/1.1 200 OK",
      "Content-Type: application/zip",
      "Content-Length: 7",
      "Cache-Control: no-store",
      "X-Content-Type-Options: nosniff",
      "Content-Security-Policy: default-src 'none'",
      'Content-Disposition: attachment; filename="-.ex-ample-.test.zip"',
    ].join("\r\n"),
  );
  expect([...answer.subarray(end + 4)]).toEqual([...bytes]);
});

test("the length of a whole answer counts bytes, not letters", () => {
  expect(httpAnswer(jsonResponse(["één"])).toString()).toContain("Content-Length: 9\r\n");
});
