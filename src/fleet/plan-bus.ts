import { Secret } from "../secret.ts";
import { makeBusAuthority, makeBusCertificate } from "./bus-certificates.ts";
import {
  credentialText,
  gatewayPermissions,
  type Identity,
  intakePermissions,
  makeIdentity,
  signClaims,
  signUser,
} from "./credential.ts";
import {
  accountChangeSubject,
  accountSubject,
  configurationSubject,
  systemAccountChangeSubject,
  systemAccountSubject,
  systemConfigurationSubject,
} from "./subjects.ts";

/** One server of the bus. */
export interface BusNode {
  /** As it calls itself among its peers. */
  readonly name: string;
  /** The name or address that participants and peers reach it by. */
  readonly host: string;
  readonly clientPort: number;
  readonly clusterPort: number;
  /** Where its streams lie. */
  readonly storeDir: string;
  /** Where its certificate, key and the authority's certificate will lie. */
  readonly folder: string;
}

/** A file that the set-up writes: where, below the folder that was asked for, and for whom. */
export interface PlannedFile {
  readonly path: string;
  readonly content: string | Secret;
  readonly mode: 0o600 | 0o644;
}

/** What may lie on the bus, and how much of one message. A document for the CA is the largest thing that travels. */
const maxPayload = "8MB";

/**
 * Everything that a new fleet's bus needs: for each of its servers a configuration with certificate, and for the hub the
 * authority, the account's signing key and the credentials of its parts. Seeds are made here and lie in the files only.
 */
export async function planBus(nodes: readonly BusNode[], now: Date): Promise<PlannedFile[]> {
  const [operator, revocation, system, account] = [
    await makeIdentity("operator"),
    await makeIdentity("operator"),
    await makeIdentity("account"),
    await makeIdentity("account"),
  ];
  const jwts = await accountJwts({ operator, revocation, system, account }, now);
  const authority = await makeBusAuthority(now);
  const files: PlannedFile[] = [
    { path: "hub/bus-ca.pem", content: authority.certificate, mode: 0o644 },
    { path: "hub/bus-ca-key.pem", content: authority.key, mode: 0o600 },
    { path: "hub/signing-key", content: account.seed, mode: 0o600 },
    { path: "hub/revocation-key", content: revocation.seed, mode: 0o600 },
    // Needed again only to take the revocation key's place; keep it offline.
    { path: "offline/operator-key", content: operator.seed, mode: 0o600 },
    { path: "offline/system-key", content: system.seed, mode: 0o600 },
  ];
  for (const [name, permissions] of [
    ["gateway", gatewayPermissions],
    ["intake", intakePermissions],
  ] as const) {
    const user = await makeIdentity("user");
    const jwt = await signUser(
      { publicKey: user.publicKey, name, permissions, issuedAt: now, expires: null },
      account,
    );
    const content = new Secret(credentialText(jwt, user.seed));
    files.push({ path: `hub/${name}.creds`, content, mode: 0o600 });
  }
  for (const node of nodes) {
    const pair = await makeBusCertificate(authority, [node.host], now);
    files.push(
      { path: `${node.name}/bus-ca.pem`, content: authority.certificate, mode: 0o644 },
      { path: `${node.name}/bus.pem`, content: pair.certificate, mode: 0o644 },
      { path: `${node.name}/bus-key.pem`, content: pair.key, mode: 0o600 },
      { path: `${node.name}/nats-server.conf`, content: configurationOf(node, nodes, jwts), mode: 0o644 },
    );
  }
  return files;
}

interface AccountJwts {
  readonly operator: string;
  readonly system: { readonly publicKey: string; readonly jwt: string };
  readonly account: { readonly publicKey: string; readonly jwt: string };
}

async function accountJwts(
  keys: Readonly<Record<"operator" | "revocation" | "system" | "account", Identity>>,
  issuedAt: Date,
): Promise<AccountJwts> {
  const unlimited = {
    subs: -1,
    data: -1,
    payload: -1,
    imports: -1,
    exports: -1,
    wildcards: true,
    conn: -1,
    leaf: -1,
  };
  const sign = (subject: Identity, name: string, nats: Record<string, unknown>): Promise<string> =>
    signClaims({ subject: subject.publicKey, name, issuedAt, expires: null, nats }, keys.operator);
  // All that the fleet may ask of the bus servers themselves: how they store, and who is shut out.
  const services = [
    { name: "configuration", subject: systemConfigurationSubject, local: configurationSubject },
    { name: "account", subject: systemAccountSubject(keys.account.publicKey), local: accountSubject },
    { name: "account-change", subject: systemAccountChangeSubject, local: accountChangeSubject },
  ];
  return {
    operator: await sign(keys.operator, "xolphin-ssl", {
      type: "operator",
      version: 2,
      system_account: keys.system.publicKey,
      // Signs changes of the account in the operator's place, so that the operator's own key can stay offline.
      signing_keys: [keys.revocation.publicKey],
    }),
    system: {
      publicKey: keys.system.publicKey,
      jwt: await sign(keys.system, "system", {
        type: "account",
        version: 2,
        limits: unlimited,
        exports: services.map(({ name, subject }) => ({
          name,
          subject,
          type: "service",
          response_type: "Stream",
        })),
      }),
    },
    account: {
      publicKey: keys.account.publicKey,
      jwt: await sign(keys.account, "fleet", {
        type: "account",
        version: 2,
        limits: { ...unlimited, mem_storage: 0, disk_storage: -1, streams: -1, consumer: -1 },
        imports: services.map(({ name, subject, local }) => ({
          name,
          subject,
          type: "service",
          account: keys.system.publicKey,
          local_subject: local,
        })),
      }),
    },
  };
}

/** `sync_interval: always` is what makes an acknowledged webhook safe; the hub refuses to work without it. */
function configurationOf(node: BusNode, nodes: readonly BusNode[], jwts: AccountJwts): string {
  const tls = [
    `    cert_file: ${quote(`${node.folder}/bus.pem`)}`,
    `    key_file: ${quote(`${node.folder}/bus-key.pem`)}`,
    `    ca_file: ${quote(`${node.folder}/bus-ca.pem`)}`,
  ].join("\n");
  // All of them, itself included: by their number a server that starts for the first time knows how large the group is that elects
  // a leader. With two, the first two form a group without the third (https://github.com/nats-io/nats-server/issues/2657).
  const routes = nodes.map(({ host, clusterPort }) => `    nats-route://${hostPort(host, clusterPort)}`);
  return `# Bus server ${node.name} of the fleet. Needs nats-server 2.10 or newer.
server_name: ${quote(node.name)}
listen: ${quote(hostPort(node.host, node.clientPort))}
max_payload: ${maxPayload}
# A peer that falls silent is missed within fifteen seconds. Until then it is taken to have hubs behind it, and questions for them go there.
ping_interval: "5s"
ping_max: 2
tls {
${tls}
    min_version: "1.2"
    handshake_first: true
    timeout: 5
}
jetstream {
    store_dir: ${quote(node.storeDir)}
    # An acknowledgement means: synced to the disks of the majority.
    sync_interval: always
}
cluster {
    name: "xolphin-ssl"
    listen: ${quote(hostPort(node.host, node.clusterPort))}
    # Peers prove themselves by a certificate of the fleet's authority.
    tls {
    ${tls.replaceAll("\n", "\n    ")}
        verify: true
        timeout: 5
    }
    routes: [
${routes.join("\n")}
    ]
}
operator: ${jwts.operator}
system_account: ${jwts.system.publicKey}
# The accounts as they were made; what was changed since, such as who is shut out, lies in the folder and is newer.
resolver: {
    type: full
    dir: ${quote(`${node.storeDir}/accounts`)}
    allow_delete: false
    interval: "1m"
}
resolver_preload: {
    ${jwts.system.publicKey}: ${jwts.system.jwt}
    ${jwts.account.publicKey}: ${jwts.account.jwt}
}
`;
}

function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
