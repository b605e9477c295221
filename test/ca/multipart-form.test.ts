import { encodeForm } from "../../src/ca/multipart-form.ts";

/** What a server makes of it, by Node's own reader. */
function read({ body, type }: { body: Buffer; type: string }): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
}

test("a field without a value is left out, and every other arrives under its name", async () => {
  const form = await read(encodeForm({ product: 90, csr: "é ü €", approverEmail: null, empty: "" }));
  expect([...form]).toEqual([
    ["product", "90"],
    ["csr", "é ü €"],
    ["empty", ""],
  ]);
});

test("lines end as in a browser's form", async () => {
  const form = await read(encodeForm({ csr: "a\nb\r\nc\rd" }));
  expect(form.get("csr")).toBe("a\r\nb\r\nc\r\nd");
});

test("neither names nor values can begin a part of their own", async () => {
  const sly = 'x"; filename="y\r\n\r\n--xolphin-ssl';
  const encoded = encodeForm({ [sly]: sly, last: "1" });
  expect(encoded.body.toString()).toContain('name="x%22; filename=%22y%0D%0A%0D%0A--xolphin-ssl"');
  const form = await read(encoded);
  expect([...form].map(([, value]) => value)).toEqual([sly, "1"]);
});

test("a file keeps its bytes, name and type", async () => {
  const content = Buffer.from([0, 10, 13, 255, 45, 45]);
  const form = await read(encodeForm({ document: { name: 'a "b".pdf', type: "application/pdf", content } }));
  const file = form.get("document");
  if (!(file instanceof File)) throw new Error("no file arrived");
  expect(Buffer.from(await file.arrayBuffer())).toEqual(content);
  expect(file.type).toBe("application/pdf");
});
