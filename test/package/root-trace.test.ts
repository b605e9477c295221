import { readTrace } from "./root-trace.ts";

test("a path below a home or in a shared place is root's fault when root names it, the home itself is not", () => {
  const trace = readTrace(
    [
      '10  openat(AT_FDCWD, "/usr/bin/sh", O_RDONLY) = 3',
      '10  statx(AT_FDCWD, "/home/bob", 0, STATX_ALL, {}) = 0',
      '10  openat(AT_FDCWD, "/home/bob/x", O_RDONLY) = 3',
      '10  unlink("/tmp/x") = 0',
      '10  readlink("/proc/self/exe", "/tmp/node", 8191) = 9',
      '10  readlink("/tmp/link", "/usr/bin/node", 8191) = 13',
    ].join("\n"),
  );
  expect(trace.calls).toBe(6);
  expect(trace.inWritablePlaces).toEqual([
    'openat(AT_FDCWD, "/home/bob/x", O_RDONLY) = 3',
    'unlink("/tmp/x") = 0',
    'readlink("/tmp/link", "/usr/bin/node", 8191) = 13',
  ]);
});

test("a child that became the account is not root, nor are its children; one that did not still is", () => {
  const trace = readTrace(
    [
      "10  clone3({flags=CLONE_VM}, 88 <unfinished ...>",
      "11  setuid(1001)                = 0",
      '11  execve("/bin/sh", ["sh", "/home/bob/y"], 0x0 /* 3 vars */) = 0',
      "10  <... clone3 resumed>)       = 11",
      "11  clone(child_stack=NULL)     = 12",
      '12  openat(AT_FDCWD, "/home/bob/z", O_RDONLY) = 3',
      "10  vfork()                     = 13",
      '13  openat(AT_FDCWD, "/home/bob/w", O_RDONLY) = 3',
    ].join("\n"),
  );
  expect(trace.inWritablePlaces).toEqual(['openat(AT_FDCWD, "/home/bob/w", O_RDONLY) = 3']);
});

test("becoming the account counts from the moment it was answered, also when other calls came in between", () => {
  const trace = readTrace(
    [
      "10  vfork()                     = 11",
      "11  setuid(1001 <unfinished ...>",
      '10  openat(AT_FDCWD, "/usr/bin/sh", O_RDONLY) = 3',
      "11  <... setuid resumed>)       = 0",
      '11  unlinkat(AT_FDCWD, "/home/bob/x", 0) = 0',
      "10  vfork()                     = 12",
      "12  setuid(1001 <unfinished ...>",
      "12  <... setuid resumed>)       = -1 EPERM (Operation not permitted)",
      '12  unlinkat(AT_FDCWD, "/home/bob/y", 0) = 0',
    ].join("\n"),
  );
  expect(trace.inWritablePlaces).toEqual(['unlinkat(AT_FDCWD, "/home/bob/y", 0) = 0']);
});
