import { generateKeyPairSync } from "node:crypto";
import type { CertificateParts } from "../certificate-pool.ts";
import { assignToAddress } from "../cli/certificate.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import { applyEverywhere } from "../site-desk.ts";
import { child, textOf, type XmlElement } from "../xml.ts";
import { certificateRequest } from "./certificate-request.ts";
import {
  accessible,
  checkSequence,
  needed,
  notForCustomers,
  type Operation,
  type Operator,
  outcome,
  unexpected,
} from "./operation.ts";

const places = ["webspace", "site", "admin"];

/** Operator `certificate` (spec plesk §3.5), for the administrator and resellers. */
export const certificateOperator: Operator = {
  async install(operation) {
    const { state, request } = operation;
    checkInstall(operation);
    const row = state.pool.create(repositoryOf(operation), needed(request, "name"), partsOf(request));
    const ip = textOf(request, "ip_address");
    if (ip !== undefined) await assignToAddress(state, row, ip);
    return [{}];
  },

  async update(operation) {
    const { state, request } = operation;
    checkInstall(operation);
    const row = state.database.certificate(repositoryOf(operation), needed(request, "name"));
    if (row === undefined) throw new PanelRefusal(1013, "Unable to find certificate");
    state.pool.update(row, partsOf(request));
    await applyEverywhere(state, row);
    return [{}];
  },

  async remove(operation) {
    const { state, request } = operation;
    notForCustomers(operation);
    checkSequence(request, ["filter", ...places]);
    const webspaceId = repositoryOf(operation);
    const names = child(request, "filter")?.children.filter((one) => one.name === "name") ?? [];
    if (names.length === 0) throw unexpected("filter");
    return Promise.all(
      names.map((one) =>
        outcome(() => {
          const row = state.database.certificate(webspaceId, one.text.trim());
          if (row === undefined) throw new PanelRefusal(1013, "Unable to find certificate");
          state.pool.remove(row);
          state.database.save();
          return { name: row.name };
        }),
      ),
    );
  },

  generate(operation) {
    notForCustomers(operation);
    const info = child(operation.request, "info");
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: Number(needed(info, "bits")),
    });
    const csr = certificateRequest(privateKey, publicKey, {
      C: needed(info, "country"),
      ST: needed(info, "state"),
      L: needed(info, "location"),
      O: needed(info, "company"),
      CN: needed(info, "name"),
    });
    return [{ csr, pvt: privateKey.export({ type: "pkcs8", format: "pem" }).toString() }];
  },

  "get-pool"(operation) {
    const { state, request } = operation;
    notForCustomers(operation);
    if (child(request, "admin") !== undefined) {
      if (operation.client.role !== "admin") throw new PanelRefusal(1006, "Permission denied");
      return [{ certificates: { certificate: namesIn(operation, 0) } }];
    }
    const filters = child(request, "filter")?.children ?? [];
    return filters.map((filter) => {
      const wanted = filter.text.trim();
      const site = accessible(operation).find(({ id, name, guid }) =>
        filter.name === "domain-id"
          ? String(id) === wanted
          : (filter.name === "domain-guid" ? guid : name) === wanted,
      );
      if (site === undefined) return new PanelRefusal(1015, "domain does not exist");
      return {
        "filter-id": wanted,
        id: site.id,
        certificates: { certificate: namesIn({ ...operation, state }, site.webspaceId) },
      };
    });
  },
};

function checkInstall(operation: Operation): void {
  notForCustomers(operation);
  checkSequence(operation.request, ["name", ...places, "content", "ip_address"]);
  const content = child(operation.request, "content");
  if (content === undefined) throw unexpected("content");
  checkSequence(content, ["csr", "pvt", "cert", "ca"]);
  if (child(content, "pvt") === undefined) throw unexpected("content");
}

/** An empty `csr` counts as none (spec plesk §3.5). */
function partsOf(request: XmlElement): CertificateParts {
  const content = child(request, "content");
  const part = (name: string): string | undefined => {
    const text = child(content, name)?.text;
    return text === undefined || text.trim() === "" ? undefined : `${text.trim()}\n`;
  };
  return { csr: part("csr"), pvt: part("pvt"), cert: part("cert"), ca: part("ca") };
}

function repositoryOf(operation: Operation): number {
  const { request, client } = operation;
  const place = request.children.find((one) => places.includes(one.name));
  if (place === undefined) throw unexpected(request.name);
  if (place.name === "admin") {
    if (client.role !== "admin") throw new PanelRefusal(1006, "Permission denied");
    return 0;
  }
  const wanted = place.text.trim();
  const site = accessible(operation).find(
    ({ name, displayName }) => name === wanted || displayName === wanted,
  );
  if (site === undefined || (place.name === "webspace" && site.kind !== "main")) {
    throw new PanelRefusal(1015, "domain does not exist");
  }
  return site.webspaceId;
}

function namesIn({ state }: Operation, webspaceId: number): { name: string }[] {
  return state.pool.list(webspaceId).map(({ name }) => ({ name }));
}
