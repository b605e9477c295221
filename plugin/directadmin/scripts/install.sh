#!/bin/sh
# Run by the plugin manager as root, in a working directory and environment of its choosing: everything is found from $0.
# May be run again at any time. What the plugin manager unpacked is the whole package; the program in it checks itself,
# moves to /opt/xolphin-ssl and sets the server up.
set -eu
plugin=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)

fail() {
  printf 'Xolphin SSL: %s\n' "$1"
  exit 1
}

[ "$(id -u)" -eq 0 ] || fail 'must be installed as root.'
command -v curl > /dev/null || fail 'curl is missing; install it and try again.'

if [ -d "$plugin/payload" ]; then
  chmod 0755 "$plugin/payload/bin/node" "$plugin/payload/bin/xolphin-ssl"
  "$plugin/payload/bin/xolphin-ssl" package install --from "$plugin/payload" 2>&1 || fail 'nothing was installed.'
  rm -rf "$plugin/payload"
fi

# Everybody may read a plugin, nobody but root may change it.
chown -R root:root "$plugin"
find "$plugin" -type d -exec chmod 0755 {} +
find "$plugin" -type f -exec chmod 0644 {} +
find "$plugin/admin" "$plugin/reseller" "$plugin/user" "$plugin/lib" "$plugin/scripts" -type f -exec chmod 0755 {} +
find "$plugin/hooks" -name '*.sh' -exec chmod 0755 {} +
