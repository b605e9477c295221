#!/bin/sh
# Installs or upgrades Xolphin SSL on a cPanel & WHM server. Run as root in the unpacked folder; may be run again at any time.
# Nothing is fetched. What of it lies where is in files.list, which events wake us in hooks.list.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
masters=/opt/xolphin-ssl/cpanel
token=/etc/xolphin-ssl/whm-token

fail() {
  printf 'Xolphin SSL: %s\n' "$1" >&2
  exit 1
}

[ "$(id -u)" -eq 0 ] || fail 'must be installed as root.'
[ -x /usr/local/cpanel/cpanel ] || fail 'this is not a cPanel & WHM server.'
[ -d /usr/local/cpanel/base/frontend/jupiter ] || fail 'the theme Jupiter is not installed.'
release=$(cut -d . -f 2 < /usr/local/cpanel/version)
[ "$release" -ge 110 ] || fail "cPanel 110 or later is needed; this is $(cat /usr/local/cpanel/version)."
command -v curl > /dev/null || fail 'curl is missing; install it and try again.'

if [ -d "$here/payload" ]; then
  "$here/payload/bin/xolphin-ssl" package install --from "$here/payload" || fail 'nothing was installed.'
fi

# The masters stay behind: an update of the panel may take files away, and repair.sh puts them back from there.
if [ "$here" != "$masters" ]; then
  rm -rf "$masters.new"
  mkdir -p "$masters.new"
  tar -C "$here" --exclude ./payload -cf - . | tar -C "$masters.new" --no-same-owner -xf -
  rm -rf "$masters"
  mv "$masters.new" "$masters"
fi

# All rights, because with fewer of them a token of root sees only accounts that root itself owns (panels/cpanel/README.md).
if [ ! -s "$token" ]; then
  mkdir -p /etc/xolphin-ssl
  whmapi1=/usr/local/cpanel/bin/whmapi1
  "$whmapi1" --output=json api_token_revoke token_name=xolphin_ssl > /dev/null 2>&1 || true
  answer=$("$whmapi1" --output=json api_token_create token_name=xolphin_ssl 2> /dev/null) || fail 'no API token could be made.'
  made=$(printf '%s\n' "$answer" | sed -n 's/^{.*"token":"\([A-Za-z0-9]*\)".*/\1/p' | tail -n 1)
  [ -n "$made" ] || fail 'no API token could be made.'
  (umask 077 && printf 'root:%s\n' "$made" > "$token")
fi

"$masters/repair.sh"
printf 'Xolphin SSL is installed. Accounts find it in cPanel under Security; switch it on or off per feature list in WHM »\nPackages » Feature Manager (xolphin_ssl). If the icon does not show, log out of cPanel and in again.\n'
