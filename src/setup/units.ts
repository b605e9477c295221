import { places, serviceUser } from "./places.ts";

/** What of the settings the units depend on. */
export interface UnitFacts {
  /** `ADDRESS:PORT`, an IPv6 address in brackets. */
  readonly listen: readonly string[];
  /** Whose members may open the pages' socket besides the service's own user; null: root alone. */
  readonly pagesGroup: string | null;
  /** The panel's own certificate and key for the host's name, to be watched; empty: nothing is watched. */
  readonly watchedFiles: readonly string[];
}

export interface Unit {
  readonly name: string;
  readonly text: string;
}

/** Sockets stay open while services restart: a change of one is a moment in which callers are refused. */
export const socketUnits = [
  "xolphin-ssl-webhook.socket",
  "xolphin-ssl-pages.socket",
  "xolphin-ssl-executor.socket",
];
export const serviceUnit = "xolphin-ssl.service";
export const executorUnit = "xolphin-ssl-executor.service";
export const certificateUnits = ["xolphin-ssl-certificate.path", "xolphin-ssl-certificate.service"];

const program = `${places.current}/bin/xolphin-ssl`;

/** All units of the service (systemd 239 and later; directives that are newer are ignored by older ones). */
export function unitsOf(facts: UnitFacts): Unit[] {
  return [
    { name: "xolphin-ssl-webhook.socket", text: webhookSocket(facts.listen) },
    {
      name: "xolphin-ssl-pages.socket",
      text: unixSocket("pages in the control panel", "pages", serviceUnit, facts.pagesGroup),
    },
    {
      name: "xolphin-ssl-executor.socket",
      text: unixSocket("root side, on demand", "executor", executorUnit, null),
    },
    { name: serviceUnit, text: agentService },
    { name: executorUnit, text: executorService },
    ...(facts.watchedFiles.length === 0
      ? []
      : [
          { name: "xolphin-ssl-certificate.path", text: certificatePath(facts.watchedFiles) },
          { name: "xolphin-ssl-certificate.service", text: certificateService },
        ]),
  ];
}

/**
 * The folder of the sockets exists before anybody uses it, also after a restart of the server. What the agent makes there for
 * the glue belongs to the glue's group, without the agent being in it.
 */
export function tmpfilesText(pagesGroup: string | null): string {
  const [mode, group] = pagesGroup === null ? ["0755", serviceUser] : ["2755", pagesGroup];
  return `d ${places.run} ${mode} ${serviceUser} ${group} -\n`;
}

function webhookSocket(listen: readonly string[]): string {
  return `[Unit]
Description=Xolphin SSL: webhooks

[Socket]
${listen.map((address) => `ListenStream=${address}`).join("\n")}
BindIPv6Only=ipv6-only
Backlog=1024
FileDescriptorName=webhook
Service=${serviceUnit}

[Install]
WantedBy=sockets.target
`;
}

function unixSocket(what: string, name: string, service: string, group: string | null): string {
  return `[Unit]
Description=Xolphin SSL: ${what}

[Socket]
ListenStream=${places.run}/${name}.sock
DirectoryMode=0755
SocketUser=${serviceUser}
SocketGroup=${group ?? serviceUser}
SocketMode=${group === null ? "0600" : "0660"}
RemoveOnStop=yes
FileDescriptorName=${name}
Service=${service}

[Install]
WantedBy=sockets.target
`;
}

/** What no service that can do without it gets, whoever it runs as and whatever it does. */
export const cage = `UMask=0077
LimitCORE=0
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProcSubset=pid
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM`;

// V8 makes code at run time, so MemoryDenyWriteExecute can't be had.
const agentService = `[Unit]
Description=Xolphin SSL: webhooks, jobs and pages
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=simple
User=${serviceUser}
Group=${serviceUser}
Sockets=xolphin-ssl-webhook.socket xolphin-ssl-pages.socket
ExecStart=${program} agent
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=500ms
TimeoutStopSec=90
KillMode=mixed
LimitNOFILE=8192
MemoryMax=512M
TasksMax=64
CapabilityBoundingSet=
AmbientCapabilities=
${cage}
# For log.file; the journal needs none.
LogsDirectory=xolphin-ssl
LogsDirectoryMode=0750
SystemCallFilter=~@privileged @resources
ReadWritePaths=${places.state} ${places.run}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RemoveIPC=yes

[Install]
WantedBy=multi-user.target
`;

// It runs the panel's own commands, which write all over the system and change to other users: what remains is to keep it
// from the kernel, the clock, the devices and new kinds of sockets, and to let it end when nobody asks.
const executorService = `[Unit]
Description=Xolphin SSL: root side, started on demand, ends when idle

[Service]
Type=simple
Sockets=xolphin-ssl-executor.socket
ExecStart=${program} executor
TimeoutStopSec=180
KillMode=mixed
LimitCORE=0
MemoryMax=1G
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictRealtime=yes
LockPersonality=yes
CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_BOOT CAP_SYS_RAWIO CAP_SYS_TIME CAP_SYS_PACCT CAP_SYS_PTRACE
CapabilityBoundingSet=~CAP_SYS_TTY_CONFIG CAP_SYSLOG CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_BPF CAP_PERFMON
CapabilityBoundingSet=~CAP_MAC_ADMIN CAP_MAC_OVERRIDE CAP_AUDIT_CONTROL CAP_NET_RAW CAP_NET_BROADCAST CAP_LEASE CAP_IPC_LOCK
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @debug @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM
`;

function certificatePath(files: readonly string[]): string {
  return `[Unit]
Description=Xolphin SSL: the panel renewed the certificate of the host's name

[Path]
${files.map((file) => `PathChanged=${file}`).join("\n")}
Unit=xolphin-ssl-certificate.service

[Install]
WantedBy=paths.target
`;
}

// The service can't read the panel's key; this copies the pair to where it can, and ends.
const certificateService = `[Unit]
Description=Xolphin SSL: take over the certificate of the host's name

[Service]
Type=oneshot
ExecStart=${program} package host-certificate
MemoryMax=256M
TasksMax=64
CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER
${cage}
SystemCallFilter=~@resources
ReadWritePaths=${places.config}
PrivateNetwork=yes
IPAddressDeny=any
RestrictAddressFamilies=AF_UNIX
`;
