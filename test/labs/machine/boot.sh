#!/usr/bin/env bash
# Turns this process into a server of its own: files, processes, network, host name and control groups apart from the
# machine it runs on, with systemd as its first process. What it writes lies in memory and is gone with it.
#   boot.sh FOLDER NAME         called by machine.ts
# The first half runs outside, the second ("inside") in the new namespaces.
set -euo pipefail
folder=$1
name=$2
controllers=(systemd memory pids)

if [ "${3:-}" != inside ]; then
  for controller in "${controllers[@]}"; do
    own=/sys/fs/cgroup/$controller/$name
    mkdir -p "$own"
    echo $$ > "$own/cgroup.procs"
  done
  exec unshare --mount --pid --net --ipc --uts --cgroup --fork --kill-child bash "$0" "$folder" "$name" inside
fi

mount --make-rprivate /
mount -t tmpfs -o size=4g tmpfs "$folder"
cd "$folder"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" root
cd root

# A server on which our package was never installed, whatever happened on the machine below.
rm -rf etc/xolphin-ssl var/lib/xolphin-ssl opt/xolphin-ssl usr/local/bin/xolphin-ssl etc/systemd/system/xolphin-ssl*
chroot . userdel xolphin-ssl 2> /dev/null || true
chroot . groupdel xolphin-ssl 2> /dev/null || true
: > etc/machine-id
printf 'server.lab.test\n' > etc/hostname
hostname server.lab.test
printf '127.0.0.1 localhost server.lab.test\n::1 localhost\n' > etc/hosts
# The panel's own name server is all that can be asked.
rm -f etc/resolv.conf
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' > etc/resolv.conf

mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
for controller in "${controllers[@]}"; do
  mkdir "sys/fs/cgroup/$controller"
  case $controller in systemd) options=none,name=systemd,xattr ;; *) options=$controller ;; esac
  mount -t cgroup -o "$options" cgroup "sys/fs/cgroup/$controller"
done
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
# A checkout that lies below one of those is wanted on the server too: tests run its programs there.
checkout=$(cd "$(dirname "$0")/../../.." && pwd)
case $checkout/ in
  /tmp/* | /run/*)
    mkdir -p ".$checkout"
    mount --bind "$checkout" ".$checkout"
    ;;
esac
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ip link set lo up

# Only what a package can meet: sockets, a journal, temporary files.
units=run/systemd/system
mkdir -p $units
printf '[Unit]\nDescription=The lab\nRequires=sysinit.target sockets.target systemd-journald.service\nAfter=sysinit.target sockets.target\nAllowIsolate=yes\n' > $units/lab.target
for unit in systemd-udevd.service systemd-udev-trigger.service systemd-timesyncd.service systemd-resolved.service \
  systemd-networkd.service systemd-random-seed.service ldconfig.service systemd-hwdb-update.service \
  systemd-firstboot.service systemd-sysusers.service systemd-update-done.service systemd-journal-flush.service; do
  ln -s /dev/null "$units/$unit"
done
exec chroot . /usr/bin/env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=lab.target --log-target=console --show-status=no
