import { places, serviceUser } from "./places.ts";
import { cage } from "./units.ts";

/** A file for a hub or a bus server, in the form that `fleet init` writes. */
export interface FleetFile {
  readonly path: string;
  readonly content: string;
  readonly mode: 0o600 | 0o644;
}

const gatewayUser = "xolphin-ssl-gateway";

/** Units and settings of a hub, and the unit of a bus server; `servers` are the bus servers as `HOST:PORT`. */
export function fleetUnits(servers: readonly string[]): FleetFile[] {
  return [
    { path: "hub/intake.yaml", content: intakeSettings(servers), mode: 0o644 },
    { path: "hub/gateway.yaml", content: gatewaySettings(servers), mode: 0o644 },
    { path: "hub/xolphin-ssl-intake.service", content: roleUnit("intake", serviceUser), mode: 0o644 },
    { path: "hub/xolphin-ssl-gateway.service", content: roleUnit("gateway", gatewayUser), mode: 0o644 },
    { path: "hub/xolphin-ssl-hub.conf", content: hubUsers, mode: 0o644 },
    { path: "nats-server.service", content: busUnit, mode: 0o644 },
  ];
}

function intakeSettings(servers: readonly string[]): string {
  return `# The part of the hub that takes webhooks. It holds nothing but its bus credential.
webhook:
  certificateFile: ${places.config}/webhook.pem   # for the name that Xolphin calls
  keyFile: ${places.config}/webhook-key.pem
fleet:
  role: hub
  servers: ${JSON.stringify(servers)}
  credentialFile: ${places.config}/intake.creds
  trustFile: ${places.config}/bus-ca.pem
stateDir: ${places.state}/intake
runDir: ${places.run}/intake
`;
}

function gatewaySettings(servers: readonly string[]): string {
  return `# The part of the hub that talks to the CA: the only place with the account's password.
ca:
  username: null            # the account at Xolphin
  passwordFile: ${places.config}/gateway/ca-password
webhook: { tls: false }     # it takes none
fleet:
  role: hub
  servers: ${JSON.stringify(servers)}
  credentialFile: ${places.config}/gateway/gateway.creds
  trustFile: ${places.config}/bus-ca.pem
  signingKeyFile: ${places.config}/gateway/signing-key
  revocationKeyFile: ${places.config}/gateway/revocation-key
stateDir: ${places.state}/gateway
runDir: ${places.run}/gateway
# Limits here are the fleet's; what is per account elsewhere is per server here.
policy: { limits: { ordersPerDay: null, ordersPerAccountPerDay: null, eurosPerDay: null, eurosPerAccountPerDay: null } }
`;
}

/** Two users, so that what the world can reach can't read what opens the CA. */
function roleUnit(role: "intake" | "gateway", user: string): string {
  return `[Unit]
Description=Xolphin SSL: ${role} of the fleet's hub
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=simple
User=${user}
Group=${user}
ExecStart=${places.current}/bin/xolphin-ssl ${role} --config ${places.config}/${role}.yaml
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=500ms
TimeoutStopSec=${role === "intake" ? 90 : 150}
LimitNOFILE=65536
MemoryMax=512M
TasksMax=64
# A port below 1024 is the balancer's.
CapabilityBoundingSet=
AmbientCapabilities=
${cage}
SystemCallFilter=~@privileged @resources
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RemoveIPC=yes
${role === "intake" ? `InaccessiblePaths=-${places.config}/gateway` : "RuntimeDirectory=xolphin-ssl/gateway\nRuntimeDirectoryMode=0750"}

[Install]
WantedBy=multi-user.target
`;
}

/** For systemd-sysusers; on a server the package makes its user. */
const hubUsers = [serviceUser, gatewayUser]
  .map((user) => `u ${user} - "Xolphin SSL" /nonexistent /usr/sbin/nologin\n`)
  .join("");

const busUnit = `[Unit]
Description=NATS, the bus of the Xolphin SSL fleet
After=network-online.target
Wants=network-online.target

[Service]
Type=simple
User=nats
Group=nats
StateDirectory=nats
ExecStart=/usr/sbin/nats-server -c /etc/nats/nats-server.conf
ExecReload=/bin/kill -HUP $MAINPID
# Hands over before it ends.
KillSignal=SIGUSR2
TimeoutStopSec=150
Restart=always
RestartSec=1
LimitNOFILE=65536
CapabilityBoundingSet=
AmbientCapabilities=
${cage}
SystemCallFilter=~@privileged @resources
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RemoveIPC=yes

[Install]
WantedBy=multi-user.target
`;
