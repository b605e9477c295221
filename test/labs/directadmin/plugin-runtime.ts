import { PluginManager } from "./plugin-manager.ts";
import { pluginManagerPage, pluginManagerPath } from "./plugin-manager-page.ts";
import { listPlugins, pluginMenus } from "./plugin-menus.ts";
import { answerPluginAddress, send } from "./plugin-pages.ts";
import type { PluginCall, PluginRuntimeFactory } from "./plugin-runtime-contract.ts";
import { evolutionShell, frameAddress, loginPage, messagePage, type Theme } from "./shell-pages.ts";

/** The plugin side of the lab: pages, menus, plugin manager and the shell around them (spec directadmin §1, §2, §7.3). */
export const createPluginRuntime: PluginRuntimeFactory = (context) => {
  const manager = new PluginManager(context);
  const running = new Set<Promise<void>>();

  async function answer(call: PluginCall): Promise<void> {
    const url = new URL(call.request.url ?? "/", "http://panel");
    const { pathname } = url;
    if (pathname.startsWith("/CMD_PLUGIN_MANAGER")) {
      // Its legacy actions are gone since 1.702; the page itself is Evolution's.
      send(call, 404, messagePage("Page not found", "Use the plugin manager of the panel."));
    } else if (pathname.startsWith("/CMD_PLUGINS")) {
      await answerPluginAddress(context, call);
    } else if (pathname.startsWith("/api/plugin-manager")) {
      await manager.answer(call);
    } else if (pathname === "/api/plugins/list") {
      call.response.writeHead(200, { "content-type": "application/json" });
      call.response.end(JSON.stringify(listPlugins(context, call)));
    } else if (pathname === "/") {
      call.response.writeHead(302, { location: "/evo/" }).end();
    } else if (
      /^\/evo(\/(user|reseller|admin))?\/?(plugin)?$/.test(pathname) ||
      (pathname === pluginManagerPath && call.login.role === "admin")
    ) {
      const theme: Theme = url.searchParams.get("theme") === "dark" ? "dark" : "light";
      send(
        call,
        200,
        evolutionShell({
          login: call.login,
          server: context.config("servername"),
          menus: await pluginMenus(context, call),
          src: frameAddress(url.searchParams.get("src")),
          theme,
          ...(pathname === pluginManagerPath ? { own: pluginManagerPage(context.rootDir) } : {}),
        }),
      );
    } else {
      send(call, 404, messagePage("Page not found", "There is no such page."));
    }
  }

  return {
    handle(call) {
      const run = answer(call).finally(() => running.delete(run));
      running.add(run);
      return run;
    },
    loginPage,
    async stop() {
      await Promise.allSettled(running);
    },
  };
};
