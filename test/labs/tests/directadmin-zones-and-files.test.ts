import { Resolver } from "node:dns/promises";
import { mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { DirectAdminLab } from "../directadmin/directadmin-lab.ts";
import type { PanelAnswer } from "./directadmin-client.ts";
import { callPanel, fetchPage, freshLab } from "./directadmin-client.ts";

let lab: DirectAdminLab;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ lab, remove } = await freshLab({
    dnsServer: {
      elsewhere: new Map([["other.test", [{ name: "other.test", type: "A", data: "192.0.2.7" }]]]),
    },
  }));
  await lab.addAccount({ name: "bob" });
  await lab.addAccount({ name: "eve", dnscontrol: false });
  await lab.addDomain("bob", "example.nl");
  await lab.addDomain("eve", "eve.nl");
  await lab.runTaskQueue();
});

afterAll(() => remove());

const auth = "bob:bob-Passw0rd";

describe("zones", () => {
  const dns = (form: Record<string, string>, path = "/CMD_API_DNS_CONTROL"): Promise<PanelAnswer> =>
    callPanel(lab, path, { auth, form: { domain: "example.nl", ...form } });
  const txt = (name: string): Promise<string[][]> => {
    const resolver = new Resolver();
    resolver.setServers([lab.dnsAddress]);
    return resolver.resolveTxt(name);
  };

  it("adds, edits and deletes records that the name server then serves", async () => {
    const added = await dns({ action: "add", type: "TXT", name: "_proof", value: '"first"', ttl: "300" });
    expect(added.text).toBe("error=0&text=Record Added&details=");
    expect(await txt("_proof.example.nl")).toEqual([["first"]]);
    const edit = { action: "edit", txtrecs0: 'name=_proof&value="first"', type: "TXT", name: "_proof" };
    expect((await dns({ ...edit, value: '"second"' })).form().get("text")).toBe("Record Edited");
    expect(await txt("_proof.example.nl")).toEqual([["second"]]);
    const txtrecs0 = `name=_proof&value=${encodeURIComponent('"second"')}`;
    const deleted = await dns({ action: "select", delete: "yes", txtrecs0 });
    expect(deleted.form().get("text")).toBe("Records Deleted");
    await expect(txt("_proof.example.nl")).rejects.toThrow("ENOTFOUND");
    const again = await dns({ action: "select", delete: "yes", txtrecs0 });
    expect(again.form().get("error")).toBe("1");
  });

  it("takes changes by GET, as a published client makes them", async () => {
    const get = async (query: Record<string, string>): Promise<unknown> => {
      const all = new URLSearchParams({ domain: "example.nl", json: "yes", ...query });
      return (await callPanel(lab, `/CMD_API_DNS_CONTROL?${all}`, { auth })).json();
    };
    const added = await get({ action: "add", type: "TXT", name: "_get", value: "plain text", ttl: "60" });
    expect(added).toEqual({ success: "Record Added", result: "" });
    expect(await txt("_get.example.nl")).toEqual([["plain text"]]);
    const removed = await get({ action: "select", txtrecs0: "name=_get&value=plain text" });
    expect(removed).toEqual({ success: "Records Deleted", result: "" });
  });

  it("lists a zone with its TTLs, and zones of others beside its own", async () => {
    const path = "/CMD_API_DNS_CONTROL?domain=example.nl&json=yes&ttl=yes";
    const { records } = (await callPanel(lab, path, { auth })).json() as { records: object[] };
    expect(records).toContainEqual({
      name: "www",
      type: "A",
      value: "127.0.0.1",
      ttl: "3600",
      combined: "name=www&value=127.0.0.1",
    });
    const resolver = new Resolver();
    resolver.setServers([lab.dnsAddress]);
    expect(await resolver.resolve4("other.test")).toEqual(["192.0.2.7"]);
  });

  it.each([
    [{ domain: "" }, "No domain provided"],
    [{ domain: "eve.nl" }, "You do not own that domain"],
    [{ action: "add", type: "SPF", name: "x", value: "y" }, 'Unknown type "SPF"'],
    [{ action: "add", type: "A", name: "www", value: "127.0.0.1" }, "That record already exists"],
    [
      { action: "add", type: "CNAME", name: "www", value: "x." },
      "A CNAME cannot stand beside another record",
    ],
    [{ action: "add", type: "TXT", name: "a b", value: "x" }, "The name of the record is not valid"],
    [{ action: "add", type: "TXT", name: "x", value: "" }, "The value of the record is not valid"],
  ])("refuses %p", async (form, details) => {
    const answer = (await dns(form as Record<string, string>)).form();
    expect([answer.get("error"), answer.get("details")]).toEqual(["1", details]);
  });

  it("refuses an account without DNS control, which has no zone either", async () => {
    const answer = await callPanel(lab, "/CMD_API_DNS_CONTROL?domain=eve.nl", {
      auth: "eve:eve-Passw0rd",
    });
    expect(answer.form().get("details")).toBe("DNS control is not enabled for this domain");
  });

  it("shows a change only after the task run when told so", async () => {
    lab.set({ dnsVisible: "task-run" });
    await dns({ action: "add", type: "TXT", name: "_late", value: '"x"' });
    await expect(txt("_late.example.nl")).rejects.toThrow("ENOTFOUND");
    await lab.runTaskQueue();
    expect(await txt("_late.example.nl")).toEqual([["x"]]);
  });
});

describe("the file manager", () => {
  const home = (): string => join(lab.rootDir, "home/bob");
  const site = "/domains/example.nl/public_html";
  const actions = "/api/filemanager-actions";
  const upload = (dir: string, name: string, text: string, overwrite = "false"): Promise<PanelAnswer> => {
    const query = new URLSearchParams({ dir, name, overwrite });
    const head = `--b\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
    return callPanel(lab, `${actions}/upload?${query}`, {
      auth,
      body: `${head}${text}\r\n--b--\r\n`,
      headers: { "content-type": "multipart/form-data; boundary=b" },
    });
  };
  const act = (action: string, json: unknown): Promise<PanelAnswer> =>
    callPanel(lab, `${actions}/${action}`, { auth, json });

  it("makes folders and files that the web server serves, and removes them", async () => {
    const folder = `${site}/.well-known/pki-validation`;
    expect((await act("mkdir", { path: folder })).status).toBe(204);
    expect((await act("mkdir", { path: folder })).json()).toEqual({ type: "ALREADY_EXISTS" });
    expect((await upload(folder, "proof.txt", "line\r\n--\nend")).status).toBe(204);
    const path = "/.well-known/pki-validation/proof.txt";
    expect((await fetchPage(lab, "example.nl", path)).text).toBe("line\r\n--\nend");
    expect((await upload(folder, "proof.txt", "x")).status).toBe(409);
    expect((await upload(folder, "proof.txt", "new", "true")).status).toBe(204);
    expect(readFileSync(join(home(), folder, "proof.txt"), "utf8")).toBe("new");
    expect((await act("remove", { paths: [`${folder}/proof.txt`] })).status).toBe(204);
    expect((await act("remove", { paths: [`${folder}/proof.txt`] })).status).toBe(404);
    expect((await fetchPage(lab, "example.nl", path)).status).toBe(404);
  });

  it("never leaves the home, by dots or by links", async () => {
    mkdirSync(join(lab.rootDir, "outside"), { recursive: true });
    symlinkSync(join(lab.rootDir, "outside"), join(home(), "way-out"));
    symlinkSync(join(lab.rootDir, "nowhere"), join(home(), "dangling"));
    symlinkSync("domains", join(home(), "inside"));
    expect((await upload("/way-out", "x", "x")).status).toBe(403);
    expect((await upload("/", "dangling", "x", "true")).status).toBe(403);
    expect((await act("mkdir", { path: "/way-out/deep/er" })).status).toBe(403);
    expect((await upload("/inside", "x.txt", "x")).status).toBe(204);
    expect((await act("mkdir", { path: "/../../dots" })).status).toBe(204);
    expect(statSync(join(home(), "dots")).isDirectory()).toBe(true);
    expect((await act("remove", { paths: ["/way-out"] })).status).toBe(204);
    expect(statSync(join(lab.rootDir, "outside")).isDirectory()).toBe(true);
    expect((await act("remove", { paths: ["/"] })).status).toBe(403);
    expect((await upload("/ghost", "x", "x")).status).toBe(404);
    expect((await upload("/", "../x", "x")).status).toBe(400);
  });
});
