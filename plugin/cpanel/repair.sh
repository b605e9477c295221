#!/bin/sh
# Puts every file where the panel looks for it and registers what is not registered, from the masters beside this script.
# Changes nothing that is right already. Run by install.sh, and by the panel after each of its updates.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
cpanel=/usr/local/cpanel
perl=$cpanel/3rdparty/bin/perl
changed=no

# A file that the panel's Perl does not take must not reach the panel.
for file in "$here"/perl/Cpanel/API/*.pm; do
  "$perl" -I"$cpanel" -I"$here/perl" -c "$file" > /dev/null 2>&1 || {
    printf 'Xolphin SSL: the panel does not take %s.\n' "$file" >&2
    exit 1
  }
done

while read -r mode source target; do
  case $mode in '#'* | '') continue ;; esac
  if cmp -s "$here/$source" "$target" && [ "$(stat -c %a "$target")" = "${mode#0}" ]; then continue; fi
  install -d -m 0755 -o root -g root "$(dirname "$target")"
  install -m "$mode" -o root -g root "$here/$source" "$target.new"
  mv -f "$target.new" "$target"
  changed=yes
done < "$here/files.list"

if [ ! -e "$cpanel/base/frontend/jupiter/dynamicui/dynamicui_xolphin_ssl.conf" ]; then
  # Nothing but the definition and its icon: the panel does not unpack pages (spec cpanel §1.2).
  link=$(mktemp -d)
  cp "$here/install.json" "$here/xolphin_ssl.svg" "$link/"
  "$cpanel/scripts/install_plugin" "$link" --theme jupiter > /dev/null
  rm -rf "$link"
  changed=yes
fi
mkdir -p /var/cpanel/apps
if [ "$("$cpanel/bin/is_registered_with_appconfig" whostmgr xolphin_ssl 2> /dev/null)" != 1 ]; then
  "$cpanel/bin/register_appconfig" "$here/whm/xolphin_ssl.conf" > /dev/null
  changed=yes
fi

# Taken away first, because the panel would run a hook twice that is registered twice.
while read -r script category event; do
  case $script in '#'* | '') continue ;; esac
  set -- script "/var/cpanel/xolphin_ssl/$script" --manual --category "$category" --event "$event" --stage post
  "$cpanel/bin/manage_hooks" delete "$@" > /dev/null 2>&1 || true
  "$cpanel/bin/manage_hooks" add "$@" --escalateprivs 1 > /dev/null 2>&1 ||
    printf 'Xolphin SSL: the panel has no event %s::%s; the hourly look finds what it would have told.\n' "$category" "$event"
done < "$here/hooks.list"

# Long-lived processes of the panel keep an old module and an old menu.
[ "$changed" = no ] || "$cpanel/scripts/restartsrv_cpsrvd" > /dev/null 2>&1 || true
