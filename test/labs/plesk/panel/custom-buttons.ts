import type { PanelSession } from "../extension-host-contract.ts";
import type { LabState } from "../lab-state.ts";

/** Where buttons of extensions go (spec plesk §1.8). */
export const places = {
  common: 1,
  adminTools: 5,
  hostingNavigation: 7,
  domain: 8,
  domainProperties: 9,
  adminNavigation: 12,
  resellerNavigation: 13,
  hostingTabs: 14,
  domainDynamic: 16,
} as const;

export interface CustomButton {
  place: number | number[];
  section?: string;
  order?: number;
  title?: string;
  description?: string;
  icon?: string;
  link?: string;
  newWindow?: boolean;
  contextParams?: boolean;
}

/** Buttons of every active extension for these places; `context` holds `dom_id`, `site_id`, `alias_id` where there are. */
export async function customButtons(
  state: LabState,
  session: PanelSession,
  wanted: readonly number[],
  context: Readonly<Record<string, number>>,
): Promise<CustomButton[]> {
  const found: CustomButton[] = [];
  for (const { id, active } of state.database.tables.extensions) {
    if (!active) continue;
    const buttons = await state.extensions.hook(id, "CustomButtons", "getButtons", { context }, session);
    found.push(...((buttons ?? []) as CustomButton[]));
  }
  return found
    .filter(({ place }) => [place].flat().some((one) => wanted.includes(one)))
    .sort((one, other) => (one.order ?? 0) - (other.order ?? 0));
}
