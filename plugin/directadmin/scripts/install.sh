#!/bin/sh
# Run by the plugin manager as root, in a working directory and environment of its choosing: everything is found from $0.
# May be run again at any time.
set -eu
plugin=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
user=xolphin-ssl

fail() {
  printf 'Xolphin SSL: %s\n' "$1"
  exit 1
}

[ "$(id -u)" -eq 0 ] || fail 'must be installed as root.'
command -v curl > /dev/null || fail 'curl is missing; install it and try again.'

if ! id "$user" > /dev/null 2>&1; then
  useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user" ||
    fail "the user $user can't be made."
fi
install -d -m 0750 -o root -g "$user" /etc/xolphin-ssl
install -d -m 0700 -o "$user" -g "$user" /var/lib/xolphin-ssl
install -d -m 0755 -o "$user" -g "$user" /run/xolphin-ssl

# Everybody may read a plugin, nobody but root may change it.
chown -R root:root "$plugin"
find "$plugin" -type d -exec chmod 0755 {} +
find "$plugin" -type f -exec chmod 0644 {} +
find "$plugin/admin" "$plugin/reseller" "$plugin/user" "$plugin/lib" "$plugin/scripts" -type f -exec chmod 0755 {} +
find "$plugin/hooks" -name '*.sh' -exec chmod 0755 {} +

printf 'Xolphin SSL is installed.\n'
