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
  askSubjects,
  configurationSubject,
  joinSubjects,
  systemAccountChangeSubject,
  systemAccountSubject,
  systemConfigurationSubject,
  wakeInfoSubject,
  wakeStream,
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
 * authority, the key that lets servers in, and the credentials of its parts. Seeds are made here and lie in the files only.
 */
export async function planBus(nodes: readonly BusNode[], now: Date): Promise<PlannedFile[]> {
  const [operator, revocation, system, hub, servers] = [
    await makeIdentity("operator"),
    await makeIdentity("operator"),
    await makeIdentity("account"),
    await makeIdentity("account"),
    await makeIdentity("account"),
  ];
  const jwts = await accountJwts({ operator, revocation, system, hub, servers }, now);
  const authority = await makeBusAuthority(now);
  const files: PlannedFile[] = [
    { path: "hub/bus-ca.pem", content: authority.certificate, mode: 0o644 },
    { path: "hub/bus-ca-key.pem", content: authority.key, mode: 0o600 },
    // Lets servers in. It makes no credential of the hub: those are made here and now.
    { path: "hub/signing-key", content: servers.seed, mode: 0o600 },
    { path: "hub/revocation-key", content: revocation.seed, mode: 0o600 },
    // Needed again only to take the revocation key's place; keep it offline.
    { path: "offline/operator-key", content: operator.seed, mode: 0o600 },
    { path: "offline/system-key", content: system.seed, mode: 0o600 },
    { path: "offline/hub-key", content: hub.seed, mode: 0o600 },
  ];
  for (const [name, permissions] of [
    ["gateway", gatewayPermissions],
    ["intake", intakePermissions],
  ] as const) {
    const user = await makeIdentity("user");
    const jwt = await signUser(
      { publicKey: user.publicKey, name, permissions, issuedAt: now, expires: null },
      hub,
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

type AccountName = "system" | "hub" | "servers";
type AccountJwts = { readonly operator: string } & Readonly<
  Record<AccountName, { readonly publicKey: string; readonly jwt: string }>
>;

/** A question that waits for the CA's budget is answered late; until then its answer finds the way back. */
const answeredWithin = 600_000_000_000;

/**
 * Servers have an account of their own, without JetStream. Of the hub's account they reach what is named here and nothing
 * else, and what comes back goes to their own account, whichever place they name for it: in the hub's account JetStream
 * itself would write it into the hub's records.
 */
const forServers = [
  { name: "ask", subject: askSubjects, local: null, response_type: "Singleton" },
  { name: "join", subject: joinSubjects, local: null, response_type: "Singleton" },
  {
    name: "wake-ups",
    subject: `$JS.API.CONSUMER.MSG.NEXT.${wakeStream}.*`,
    local: null,
    response_type: "Stream",
  },
  { name: "consumer", subject: wakeInfoSubject("*"), local: null, response_type: "Singleton" },
  { name: "acknowledgement", subject: `$JS.ACK.${wakeStream}.>`, local: null, response_type: "Singleton" },
  // Nobody may ask it. A bus server takes it as the sign that JetStream is another account's, and answers no question with
  // "not enabled" beside the answer from there (`enableJetStreamInfoServiceImportOnly` of nats-server).
  { name: "no-jetstream", subject: "xs.none", local: "$JS.API.INFO", response_type: "Singleton" },
];

async function accountJwts(
  keys: Readonly<Record<"operator" | "revocation" | AccountName, Identity>>,
  issuedAt: Date,
): Promise<AccountJwts> {
  const limits = {
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
    signClaims(
      { subject: subject.publicKey, name, issuedAt, expires: null, nats: { version: 2, ...nats } },
      keys.operator,
    );
  const account = async (
    identity: Identity,
    name: string,
    nats: Record<string, unknown>,
  ): Promise<{ publicKey: string; jwt: string }> => ({
    publicKey: identity.publicKey,
    jwt: await sign(identity, name, { type: "account", limits, ...nats }),
  });
  // All that the fleet may ask of the bus servers themselves: how they store, and who is shut out.
  const services = [
    { name: "configuration", subject: systemConfigurationSubject, local: configurationSubject },
    { name: "account", subject: systemAccountSubject(keys.servers.publicKey), local: accountSubject },
    { name: "account-change", subject: systemAccountChangeSubject, local: accountChangeSubject },
  ];
  return {
    operator: await sign(keys.operator, "xolphin-ssl", {
      type: "operator",
      system_account: keys.system.publicKey,
      // Signs changes of the servers' account in the operator's place, so that the operator's own key can stay offline.
      signing_keys: [keys.revocation.publicKey],
    }),
    system: await account(keys.system, "system", {
      exports: services.map(({ name, subject }) => ({
        name,
        subject,
        type: "service",
        response_type: "Stream",
      })),
    }),
    hub: await account(keys.hub, "hub", {
      limits: { ...limits, mem_storage: 0, disk_storage: -1, streams: -1, consumer: -1 },
      imports: services.map(({ name, subject, local }) => ({
        name,
        subject,
        type: "service",
        account: keys.system.publicKey,
        local_subject: local,
      })),
      exports: forServers.map(({ local: _local, ...service }) => ({
        ...service,
        type: "service",
        response_threshold: answeredWithin,
      })),
    }),
    servers: await account(keys.servers, "servers", {
      imports: forServers.map(({ name, subject, local }) => ({
        name,
        subject,
        type: "service",
        account: keys.hub.publicKey,
        ...(local === null ? {} : { local_subject: local }),
      })),
    }),
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
    ${jwts.hub.publicKey}: ${jwts.hub.jwt}
    ${jwts.servers.publicKey}: ${jwts.servers.jwt}
}
`;
}

function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
