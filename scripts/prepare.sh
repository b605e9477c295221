# Sourced by the other scripts: brings in what they need on a fresh machine and puts Node 24 first in the path.
#   prepare_node                  production and development packages, exactly as locked
#   prepare_debian PACKAGE…       Debian packages that are not there yet
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }

prepare_node() {
  local stamp=node_modules/.installed-for
  if ! cmp -s package-lock.json "$stamp"; then
    command -v npm > /dev/null || prepare_debian npm
    say "Installing packages …"
    npm ci --no-audit --no-fund --loglevel=error >&2
    cp package-lock.json "$stamp"
  fi
  export PATH="$root/node_modules/.bin:$PATH"
}

prepare_debian() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return
  say "Installing from Debian: ${missing[*]} …"
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
