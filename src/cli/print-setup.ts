import type { InstallReport } from "../setup/install.ts";
import type { SetupReport } from "../setup/setup.ts";

/** What the administrator has to know and to do after setting up. */
export function printSetup(report: SetupReport | InstallReport): string {
  const head =
    "version" in report
      ? [
          report.previous === null || report.previous === report.version
            ? `Xolphin SSL ${report.version} is installed and runs.`
            : `Xolphin SSL ${report.version} runs; ${report.previous} is kept to go back to.`,
        ]
      : ["Xolphin SSL is set up."];
  return [
    ...head,
    "",
    `Tell Xolphin to send webhooks to: ${report.webhookUrl}`,
    ...accountLines(report),
    ...firewallLines(report),
    ...report.notes,
  ].join("\n");
}

function accountLines({ caUsername, caLogin }: SetupReport): string[] {
  if (caUsername === null) {
    return ["Enter the account at Xolphin: in the panel as administrator, or with xolphin-ssl setup."];
  }
  const said = { accepted: "login accepted", refused: "LOGIN REFUSED", "not-reached": "not reached yet" };
  return [`Account at Xolphin: ${caUsername}${caLogin === null ? "" : `, ${said[caLogin]}`}`];
}

function firewallLines({ firewall, firewallOpened }: SetupReport): string[] {
  if (firewall === null) return [];
  if (firewallOpened) return [`The firewall (${firewall.firewall}) lets Xolphin in now.`];
  return [
    `A firewall (${firewall.firewall}) is at work. To let Xolphin in, run:`,
    ...firewall.commands.map((command) => `  ${command}`),
  ];
}
