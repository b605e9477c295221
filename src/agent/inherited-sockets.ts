/** Names of the sockets in the units, and the descriptors that belong to each. */
export type InheritedSockets = ReadonlyMap<string, readonly number[]>;

const firstDescriptor = 3;

/**
 * Listening sockets that the service manager made and handed over (sd_listen_fds(3)): they stay open while the service
 * restarts, so that nobody is refused and no local user can take the port (T-03). Empty when there are none, or when
 * they are meant for another process. Takes the variables out of `environment`, so that children don't see them.
 */
export function takeInheritedSockets(
  environment: Record<string, string | undefined>,
  pid: number,
): InheritedSockets {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = environment;
  for (const name of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete environment[name];
  const sockets = new Map<string, number[]>();
  if (LISTEN_PID !== String(pid) || !/^[1-9]\d{0,2}$/.test(LISTEN_FDS ?? "")) return sockets;
  const names = (LISTEN_FDNAMES ?? "").split(":");
  for (let index = 0; index < Number(LISTEN_FDS); index += 1) {
    const name = names[index] || "unknown";
    sockets.set(name, [...(sockets.get(name) ?? []), firstDescriptor + index]);
  }
  return sockets;
}
