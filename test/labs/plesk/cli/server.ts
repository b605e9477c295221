import { randomUUID } from "node:crypto";
import { addAlias, removeAlias, rewrite } from "../account-desk.ts";
import { digestOf } from "../api-login.ts";
import { type EventName, eventNames } from "../event-manager.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import { findForServer, usePanelCertificate } from "../site-desk.ts";
import { assignToAddress } from "./certificate.ts";
import { siteOr } from "./site.ts";
import { booleanOption, type Utility } from "./utility.ts";

/** `plesk bin server_pref` (spec plesk §3.4, §4). */
export const serverPrefUtility: Utility = {
  commands: {
    "--show": {
      short: "-s",
      options: [],
      help: "Displays server preferences",
      run: ({ state }) =>
        `${Object.entries(state.database.tables.preferences)
          .map(([name, value]) => `${name}:`.padEnd(40) + value)
          .join("\n")}\n\nSUCCESS: Server preferences complete\n`,
    },
    "--update": {
      short: "-u",
      options: ["restart-apache", "panel-certificate", "certificate-repository"],
      help: "Updates server preferences",
      run({ state, options }) {
        const interval = options["restart-apache"];
        if (interval !== undefined) {
          if (!/^\d{1,6}$/.test(interval)) {
            throw new PanelRefusal(1019, "The value of the option -restart-apache is invalid.");
          }
          state.database.tables.preferences["restart-apache"] = interval;
          state.database.save();
        }
        const name = options["panel-certificate"];
        if (name !== undefined) {
          usePanelCertificate(state, findForServer(state, name, options["certificate-repository"]));
        }
        return "SUCCESS: Server preferences have been successfully updated.\n";
      },
    },
  },
};

/** `plesk bin mailserver`: the certificate all domains' mail shares. */
export const mailServerUtility: Utility = {
  commands: {
    "--set-certificate": {
      takes: "certificate_name",
      options: ["certificate-repository"],
      help: "Secures the mail server",
      run({ state, name, options }) {
        const row = findForServer(state, name, options["certificate-repository"]);
        state.database.tables.mailCertificateId = row.id;
        state.database.save();
        state.events.fire({
          name: "ssl_mail_binding_update",
          objectId: 0,
          before: {},
          after: { CERTIFICATE_NAME: name },
        });
        return "SUCCESS: The mail server certificate was set.\n";
      },
    },
  },
};

/** `plesk bin ipmanage`. */
export const ipManageUtility: Utility = {
  commands: {
    "--update": {
      short: "-u",
      takes: "ip_address",
      options: ["ssl_certificate"],
      help: "Updates the properties of an IP address",
      async run({ state, name, options }) {
        await assignToAddress(state, findForServer(state, options["ssl_certificate"] ?? "", undefined), name);
        return `SUCCESS: Update of IP '${name}' complete\n`;
      },
    },
    "--ip_list": {
      short: "-l",
      options: [],
      help: "Lists IP addresses",
      run: ({ state }) =>
        `State Type   IP               Clients  Hosting  PublicIP\n${Object.keys(state.database.tables.ips)
          .map((ip) => `0     S      lo:${ip}/255.0.0.0 0        1        \n`)
          .join("")}\nSUCCESS: Getting information about registered IP addresses\n`,
    },
  },
};

/** `plesk bin secret_key`: the key is said once, only its digest is kept. */
export const secretKeyUtility: Utility = {
  commands: {
    "--create": {
      short: "-c",
      options: ["ip-address", "description"],
      help: "Creates a secret key",
      run({ state, options }) {
        const key = randomUUID();
        state.database.tables.secretKeys.push({
          digest: digestOf(key),
          ip: options["ip-address"] ?? "",
          login: "admin",
          description: options["description"] ?? "",
        });
        state.database.save();
        return `${key}\n`;
      },
    },
    "--list": {
      short: "-l",
      options: [],
      help: "Lists secret keys",
      run: ({ state }) =>
        state.database.tables.secretKeys.map((row) => `${row.ip.padEnd(20)}${row.description}\n`).join(""),
    },
    "--delete": {
      short: "-d",
      options: ["key"],
      help: "Deletes a secret key",
      run({ state, options }) {
        const digest = digestOf(options["key"] ?? "");
        const { tables } = state.database;
        const left = tables.secretKeys.filter((row) => row.digest !== digest);
        if (left.length === tables.secretKeys.length)
          throw new PanelRefusal(1013, "The secret key does not exist.");
        tables.secretKeys = left;
        state.database.save();
        return "SUCCESS: Removal of secret key complete\n";
      },
    },
  },
};

/** `plesk bin admin`. */
export const adminUtility: Utility = {
  commands: {
    "--get-login-link": {
      options: [],
      help: "Prints a one-time login link",
      run: ({ state }) => `${state.loginLink("admin")}\n`,
    },
  },
};

/** `plesk bin event_handler` (spec plesk §1.9). */
export const eventHandlerUtility: Utility = {
  commands: {
    "--create": {
      short: "-c",
      options: ["command", "event", "user", "priority"],
      help: "Creates an event handler",
      run({ state, options }) {
        const { command = "", event = "", user = "root", priority = "50" } = options;
        if (!eventNames.includes(event as EventName)) {
          throw new PanelRefusal(1019, `Unable to find event with name '${event}'`);
        }
        if (command === "") throw new PanelRefusal(1019, "The option -command is missing.");
        const id = state.database.nextId();
        state.database.tables.handlers.push({ id, event, command, user, priority: Number(priority) });
        state.database.save();
        return `SUCCESS: Creation of event handler '${id}' complete\n`;
      },
    },
    "--list": {
      short: "-l",
      options: [],
      help: "Lists event handlers",
      run: ({ state }) =>
        `${state.database.tables.handlers
          .map(({ id, event, priority, user, command }) =>
            [
              `${"Id".padEnd(20)}${id}`,
              `${"Name".padEnd(20)}${event}`,
              `${"Priority".padEnd(20)}${priority}`,
              `${"User".padEnd(20)}${user}`,
              `${"Command".padEnd(20)}${command}`,
              "",
            ].join("\n"),
          )
          .join("\n")}\nSUCCESS: List of event handlers complete\n`,
    },
    "--list-events": {
      options: [],
      help: "Lists events",
      run: () => `${eventNames.join("\n")}\n`,
    },
    "--delete": {
      short: "-d",
      takes: "id",
      options: [],
      help: "Deletes an event handler",
      run({ state, name }) {
        const { tables } = state.database;
        const left = tables.handlers.filter((row) => row.id !== Number(name));
        if (left.length === tables.handlers.length) {
          throw new PanelRefusal(1013, `Unable to find event handler with id '${name}'`);
        }
        tables.handlers = left;
        state.database.save();
        return `SUCCESS: Removal of event handler '${name}' complete\n`;
      },
    },
  },
};

/** `plesk bin domalias`. */
export const domainAliasUtility: Utility = {
  commands: {
    "--create": {
      short: "-c",
      takes: "alias_name",
      options: ["domain", "web", "dns", "mail"],
      help: "Creates a domain alias",
      async run({ state, name, options }) {
        const site = siteOr(state, options["domain"] ?? "");
        addAlias(state, site, name, booleanOption(options["web"], "web") ?? true);
        await rewrite(state, [site]);
        return `SUCCESS: Creation of domain alias '${name}' complete\n`;
      },
    },
    "--delete": {
      short: "-d",
      takes: "alias_name",
      options: [],
      help: "Deletes a domain alias",
      async run({ state, name }) {
        const alias = state.database.alias(name);
        if (alias === undefined)
          throw new PanelRefusal(1013, `Unable to find domain alias with name '${name}'`);
        await removeAlias(state, alias);
        return `SUCCESS: Removal of domain alias '${name}' complete\n`;
      },
    },
    "--info": {
      short: "-i",
      takes: "alias_name",
      options: [],
      help: "Displays information about a domain alias",
      run({ state, name }) {
        const alias = state.database.alias(name);
        if (alias === undefined)
          throw new PanelRefusal(1013, `Unable to find domain alias with name '${name}'`);
        const lines = [
          ["Domain alias name", alias.name],
          ["Domain name", state.database.siteById(alias.siteId)?.name ?? ""],
          ["Web service", alias.web ? "On" : "Off"],
          ["DNS service", alias.dns ? "On" : "Off"],
          ["Mail service", alias.mail ? "On" : "Off"],
        ];
        return `${lines.map(([label, value]) => `${label}:`.padEnd(40) + value).join("\n")}\n\nSUCCESS: Gathering information for domain alias '${alias.name}' complete\n`;
      },
    },
  },
};
