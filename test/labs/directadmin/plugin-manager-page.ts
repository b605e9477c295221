import { installedPlugins } from "./plugin-files.ts";

/** Where Evolution has it; the address is the lab's own. */
export const pluginManagerPath = "/evo/admin/plugin-manager";

/**
 * Evolution's page of the plugin manager: like the real one it only calls the manager's API, as a browser session, which has
 * to give the password again (spec directadmin §1.3).
 */
export function pluginManagerPage(rootDir: string): string {
  const rows = installedPlugins(rootDir).map(
    ({ id, conf }) =>
      `<tr><td>${conf.get("name") ?? id}</td><td>${conf.get("version") ?? ""}</td><td><button data-plugin="${id}">Delete</button></td></tr>`,
  );
  return `<section class="card"><h1>Plugin Manager</h1>
<form id="add"><label>File <input name="file" type="file" accept=".tar.gz" required></label> <label>Password <input name="password" type="password" required></label> <button>Install</button></form>
<p role="status" id="said"></p>
<table><thead><tr><th scope="col">Plugin</th><th scope="col">Version</th><th scope="col"></th></tr></thead><tbody>${rows.join("")}</tbody></table></section>
<script>
const form = document.getElementById("add");
const say = async (answer) => {
  document.getElementById("said").textContent = answer.ok ? "Done." : JSON.stringify(await answer.json());
  if (answer.ok) location.reload();
};
const base = "/api/plugin-manager/plugins";
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  say(await fetch(base + "/install-file", { method: "POST", body: new FormData(form) }));
});
for (const button of document.querySelectorAll("[data-plugin]")) button.addEventListener("click", async () => {
  const body = JSON.stringify({ password: form.elements.password.value });
  say(await fetch(base + "/" + button.dataset.plugin + "/delete", { method: "POST", body }));
});
</script>`;
}
