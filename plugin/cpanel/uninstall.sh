#!/bin/sh
# Removes Xolphin SSL from a cPanel & WHM server. Certificates stay installed and keep working; orders, keys and settings stay in
# /var/lib/xolphin-ssl and /etc/xolphin-ssl unless `--purge` is given.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
cpanel=/usr/local/cpanel
program=/opt/xolphin-ssl/current/bin/xolphin-ssl

[ "$(id -u)" -eq 0 ] || {
  echo 'Xolphin SSL: must be removed as root.' >&2
  exit 1
}

while read -r script category event; do
  case $script in '#'* | '') continue ;; esac
  "$cpanel/bin/manage_hooks" delete script "/var/cpanel/xolphin_ssl/$script" --manual --category "$category" \
    --event "$event" --stage post > /dev/null 2>&1
done < "$here/hooks.list"

# Names that were kept from AutoSSL on our word are given back to it: without us nobody renews what is on them.
excluded=/var/cpanel/xolphin_ssl/autossl_excluded
[ ! -f "$excluded" ] || while read -r account names; do
  # An account that was renamed since is found by the first of its names that the panel still knows.
  [ -e "/var/cpanel/users/$account" ] || account=$(
    printf '%s\n' "$names" | tr , '\n' | awk -v gone="$account" '
      NR == FNR { if (sub(/: */, " ")) owner[$1] = $2; next }
      $1 in owner { found = owner[$1]; exit }
      END { print found == "" ? gone : found }' /etc/userdomains -
  )
  "$cpanel/bin/uapi" --output=json "--user=$account" SSL remove_autossl_excluded_domains "domains=$names" 2> /dev/null \
    < /dev/null | grep -q '"status":"\{0,1\}1' ||
    printf 'AutoSSL could not be told to look after these names of %s again: %s\n' "$account" "$names"
done < "$excluded"
rm -f "$excluded" "$excluded.new"

link=$(mktemp -d)
cp "$here/install.json" "$here/xolphin_ssl.svg" "$link/"
"$cpanel/scripts/uninstall_plugin" "$link" --theme jupiter > /dev/null 2>&1
rm -rf "$link"
# What the panel's own tool made for us and may leave behind.
rm -f "$cpanel/base/frontend/jupiter/dynamicui/dynamicui_xolphin_ssl.conf" \
  "$cpanel/base/frontend/jupiter/assets/application_icons/xolphin_ssl.svg" "$cpanel/whostmgr/addonfeatures/xolphin_ssl"
"$cpanel/bin/unregister_appconfig" xolphin_ssl > /dev/null 2>&1

while read -r mode _ target; do
  case $mode in '#'* | '') continue ;; esac
  rm -f "$target"
  # Folders that are ours alone.
  case $target in
    */xolphin_ssl/assets/*) rmdir "${target%/*}" "${target%/*/*}" 2> /dev/null ;;
    */xolphin_ssl/* | */XolphinSSL/*) rmdir "${target%/*}" 2> /dev/null ;;
  esac
done < "$here/files.list"

"$cpanel/bin/whmapi1" --output=json api_token_revoke token_name=xolphin_ssl > /dev/null 2>&1
rm -f /etc/xolphin-ssl/whm-token

case ${1-} in
  # Asking for it by name is the consent that the program wants to hear.
  --purge) set -- --purge --yes ;;
  *) set -- ;;
esac
[ ! -x "$program" ] || "$program" package uninstall "$@" || exit 1
# Also where it was cut off the last time: then the program is gone and some of its files are not.
rm -rf /opt/xolphin-ssl
"$cpanel/scripts/restartsrv_cpsrvd" > /dev/null 2>&1
if [ "${1-}" = --purge ]; then
  rm -rf /var/lib/xolphin-ssl /etc/xolphin-ssl
  echo 'Xolphin SSL is removed with everything it kept. Certificates stay installed.'
else
  echo 'Xolphin SSL is removed. Certificates stay installed; keys and orders stay in /var/lib/xolphin-ssl.'
fi
exit 0
