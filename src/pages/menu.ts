import { jsonResponse } from "./page-response.ts";
import type { Route } from "./route.ts";

/** Entries for the panel's menu with a badge for what waits (spec directadmin §1.4). */
export const menuRoute: Route = {
  path: "/menu",
  async view({ data, request, language: { texts } }) {
    const icon = request.asset("icon.svg");
    const attention = await data.countAttention(request.caller);
    const entry = (name: string, path: string, updates: number): object => ({
      name,
      icon,
      href: request.href(path),
      newTab: false,
      updates,
    });
    const entries = [entry(texts.coverage.title, "/", attention), entry(texts.certificates, "/requests", 0)];
    if (request.caller.level === "administrator") entries.push(entry(texts.administration, "/admin", 0));
    // Who has more than one level has a menu for each.
    const { level, role } = request.caller;
    const name =
      level === role || level === "administrator" ? texts.title : `${texts.title}: ${texts.menuOf[level]}`;
    return jsonResponse([{ name, icon, entries }]);
  },
};
