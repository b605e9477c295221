/** Where everything lies on a server (design §5.5). */
export const places = {
  programs: "/opt/xolphin-ssl",
  current: "/opt/xolphin-ssl/current",
  command: "/usr/local/bin/xolphin-ssl",
  config: "/etc/xolphin-ssl",
  configFile: "/etc/xolphin-ssl/config.yaml",
  releaseKey: "/etc/xolphin-ssl/release-key.pem",
  hostCertificate: "/etc/xolphin-ssl/host-certificate.pem",
  hostKey: "/etc/xolphin-ssl/host-key.pem",
  panelTrust: "/etc/xolphin-ssl/panel-certificate.pem",
  caPassword: "/etc/xolphin-ssl/ca-password",
  token: "/etc/xolphin-ssl/webhook-token",
  state: "/var/lib/xolphin-ssl",
  logs: "/var/log/xolphin-ssl",
  run: "/run/xolphin-ssl",
  units: "/etc/systemd/system",
  tmpfiles: "/etc/tmpfiles.d/xolphin-ssl.conf",
} as const;

/** The system user of the service; its group has the same name. */
export const serviceUser = "xolphin-ssl";
