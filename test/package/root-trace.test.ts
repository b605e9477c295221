import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostingUsers, inHostingPlace, type UnixUser } from "./hosting-places.ts";
import { judge } from "./root-trace.ts";
import { readCalls } from "./strace-calls.ts";

/** A server of two accounts in a folder: here they are whoever runs the tests. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "root-trace-"));
  chmodSync(root, 0o755);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const start = '9  execve("/opt/xolphin-ssl/current/bin/xolphin-ssl", ["executor"], 0x0 /* 9 vars */) = 0';

/** Calls of ours as root in this trace that are for a place of an account. */
function found(
  lines: readonly string[],
  users: Readonly<Record<string, number>> = { bob: 61_001 },
): readonly string[] {
  mkdirSync(join(root, "etc"), { recursive: true });
  const passwd = Object.entries(users).map(([name, uid]) => `${name}:x:${uid}:${uid}::/home/${name}:/bin/sh`);
  writeFileSync(join(root, "etc/passwd"), ["root:x:0:0::/root:/bin/sh", ...passwd, ""].join("\n"));
  writeFileSync(join(root, "etc/group"), "root:x:0:\nweb:x:61099:bob\n");
  return judge(root, readCalls(lines.join("\n"))).inHostingPlaces;
}

function file(path: string, mode = 0o644): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), "", { mode });
  chmodSync(join(root, path), mode);
}

function folder(path: string, mode = 0o755): void {
  mkdirSync(join(root, path), { recursive: true });
  chmodSync(join(root, path), mode);
}

test("a path below a folder that everybody can write is found in every kind of call, whatever the path is of", () => {
  folder("tmp", 0o1777);
  folder("srv/own");
  const named = [
    '9  openat(AT_FDCWD</>, "/tmp/x", O_RDONLY) = 3',
    '9  openat2(AT_FDCWD</>, "/tmp/x/y", {flags=O_RDONLY}, 24) = 3',
    '9  open("/tmp/x", O_RDONLY) = -1 ENOENT (No such file or directory)',
    '9  openat(7</tmp>, "x", O_RDONLY) = 3',
    '9  statx(AT_FDCWD</>, "/tmp/x", 0, STATX_ALL, {}) = 0',
    '9  lstat("/tmp/x", {}) = 0',
    '9  unlink("/tmp/x") = 0',
    '9  mkdir("/tmp/x", 0777) = 0',
    '9  rename("/srv/own/x", "/tmp/x") = 0',
    '9  renameat2(AT_FDCWD</>, "/tmp/x", AT_FDCWD</srv/own>, "x", 0) = 0',
    '9  linkat(AT_FDCWD</>, "/tmp/x", AT_FDCWD</>, "/srv/own/x", 0) = 0',
    '9  symlink("/srv/own/x", "/tmp/x") = 0',
    '9  chown("/tmp/x", 0, 0) = 0',
    '9  fchmodat(AT_FDCWD</>, "/tmp/x", 0600) = 0',
    '9  truncate("/tmp/x", 0) = 0',
    '9  chdir("/tmp/x") = 0',
    '9  execve("/tmp/x", ["x"], 0x0 /* 3 vars */) = 0',
    '9  readlink("/tmp/link", "/usr/bin/node", 8191) = 13',
  ];
  expect(found([start, ...named])).toEqual(named.map((line) => line.slice(3)));
});

test("what only names such a path is not a call for it: where a link leads, the words of a program, what is open already", () => {
  folder("tmp", 0o1777);
  folder("srv/own");
  const quiet = [
    '9  readlink("/proc/self/exe", "/tmp/node", 8191) = 9',
    '9  symlink("/tmp/x", "/srv/own/x") = 0',
    '9  execve("/bin/sh", ["sh", "-c", "cat /tmp/x"], 0x0 /* 3 vars */) = 0',
    '9  getcwd("/tmp/x", 4096) = 6',
    '9  newfstatat(3</tmp/x>, "", {st_mode=S_IFREG|0644, ...}, AT_EMPTY_PATH) = 0',
    '9  openat(AT_FDCWD</>, "/srv/own/x", O_RDONLY) = 3',
    '9  openat(AT_FDCWD</>, "/srv/none/x", O_RDONLY) = -1 ENOENT (No such file or directory)',
    '9  openat(AT_FDCWD</>, "/proc/self/status", O_RDONLY) = 3',
  ];
  expect(found([start, ...quiet])).toEqual([]);
});

test("a relative path counts from the folder that the process, or who started it, went to", () => {
  folder("tmp", 0o1777);
  const trace = [
    start,
    '9  chdir("/tmp") = 0',
    "9  vfork() = 10",
    '10  unlink("x") = 0',
    '9  chdir("/nowhere") = -1 ENOENT (No such file or directory)',
    '9  openat(AT_FDCWD</>, "etc/x", O_RDONLY) = 3',
  ];
  expect(found(trace)).toEqual(['chdir("/tmp") = 0', 'unlink("x") = 0']);
});

const ownUid = process.getuid?.() ?? 0;

test("who owns a folder, or is in its group, can write it; the entry itself may be looked at, and no more", () => {
  folder("home/bob", 0o555);
  file("home/bob/x");
  folder("srv/web", 0o2775);
  const call = (
    name: string,
    path: string,
    users: UnixUser[] = [{ name: "bob", uid: ownUid, gids: [] }],
  ): boolean => inHostingPlace(root, users, { name, path });
  // The lowest folders are the test's own, and so would be bob's.
  const bob = { name: "bob", uid: 61_001, gids: [process.getgid?.() ?? 0] };
  expect(call("openat", "/srv/web/x", [bob])).toBe(true);
  expect(call("openat", "/srv/web/x", [{ ...bob, gids: [61_001] }])).toBe(false);
  expect(call("statx", "/srv/web", [bob])).toBe(false);
  expect(call("openat", "/srv/web", [bob])).toBe(true);
  expect(call("openat", "/home/bob/x")).toBe(true);
});

test("a link on the way is followed, a circle of them ends, and a device is nobody's", () => {
  folder("tmp", 0o1777);
  folder("srv");
  symlinkSync("/tmp", join(root, "srv/spool"));
  symlinkSync("../tmp", join(root, "srv/near"));
  symlinkSync("/srv/round", join(root, "srv/round"));
  const trace = [
    start,
    ...["/srv/spool/x", "/srv/near/x", "/srv/round/x", "/srv/../tmp/x"].map(
      (path) => `9  openat(AT_FDCWD</>, "${path}", O_RDONLY) = 3`,
    ),
  ];
  expect(found(trace)).toHaveLength(3);
});

test("hosting accounts are those with a home where panels put them, each with its groups", () => {
  found([], { bob: 61_001, eve: 61_002 });
  expect(hostingUsers(root)).toEqual([
    { name: "bob", uid: 61_001, gids: [61_001, 61_099] },
    { name: "eve", uid: 61_002, gids: [61_002] },
  ]);
});

describe("whose call it is", () => {
  const call = (pid: number, path = "/tmp/x"): string =>
    `${pid}  openat(AT_FDCWD</>, "${path}", O_RDONLY) = 3`;
  beforeEach(() => folder("tmp", 0o1777));

  test("a child that became the account is not root, nor are its children; one that did not still is", () => {
    const trace = [
      start,
      "9  clone3({flags=CLONE_VM}, 88 <unfinished ...>",
      "11  setuid(1001)                = 0",
      '11  execve("/bin/sh", ["sh", "/tmp/y"], 0x0 /* 3 vars */) = 0',
      "9  <... clone3 resumed>)       = 11",
      "11  clone(child_stack=NULL)     = 12",
      call(12),
      "9  vfork()                     = 13",
      call(13, "/tmp/w"),
    ];
    expect(found(trace)).toEqual([call(13, "/tmp/w").slice(4)]);
  });

  test("becoming the account is read also when other calls came in between, and not when it was refused", () => {
    const trace = [
      start,
      "9  vfork()                     = 11",
      "11  setuid(1001 <unfinished ...>",
      '9  openat(AT_FDCWD</>, "/usr/bin/sh", O_RDONLY) = 3',
      "11  <... setuid resumed>)       = 0",
      call(11),
      "9  vfork()                     = 12",
      "12  setuid(1001 <unfinished ...>",
      "12  <... setuid resumed>)       = -1 EPERM (Operation not permitted)",
      call(12, "/tmp/y"),
    ];
    expect(found(trace)).toEqual([call(12, "/tmp/y").slice(4)]);
  });

  test("it is the panel's where the panel's own program makes it, also when we have started that, and its children's", () => {
    const trace = [
      start,
      "9  vfork() = 11",
      '11  execve("/usr/sbin/plesk", ["plesk", "bin", "extension", "--exec", "xolphin-ssl", "x.php"], 0x0 /* 3 vars */) = 0',
      call(11),
      "11  vfork() = 12",
      '12  execve("/bin/sh", ["sh"], 0x0 /* 3 vars */) = 0',
      call(12),
      "5  vfork() = 6",
      call(6),
    ];
    expect(found(trace)).toEqual([]);
    expect(judge(root, readCalls(trace.join("\n"))).byThePanel).toBe(3);
  });

  test("it is ours where the panel runs something of ours, by itself or by an interpreter, and from then on only", () => {
    const trace = [
      "5  vfork() = 6",
      call(6, "/tmp/before"),
      '6  execve("/usr/bin/nsenter", ["nsenter", "--root", "--", "/lab/admin-module", "XolphinSSL", "Bridge"], 0x0 /* 3 vars */) = 0',
      '6  chroot("/tmp/server") = 0',
      '6  execve("/usr/bin/perl", ["perl", "/lab/admin-module", "XolphinSSL", "Bridge"], 0x0 /* 3 vars */) = 0',
      call(6, "/tmp/perl"),
      "5  vfork() = 7",
      '7  execve("/var/cpanel/xolphin_ssl/wake", ["wake"], 0x0 /* 3 vars */ <unfinished ...>',
      "5  vfork() = 8",
      "7  <... execve resumed>) = 0",
      call(7, "/tmp/wake"),
      call(8, "/tmp/other"),
      '8  execve("/none/xolphin/x", ["x"], 0x0 /* 3 vars */) = -1 ENOENT (No such file or directory)',
      call(8, "/tmp/still"),
    ];
    expect(found(trace)).toEqual([call(6, "/tmp/perl").slice(3), call(7, "/tmp/wake").slice(3)]);
    expect(judge(root, readCalls(trace.join("\n"))).programs).toEqual([
      "perl /lab/admin-module XolphinSSL Bridge",
      "wake",
    ]);
  });
});
