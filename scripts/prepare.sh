# Sourced by the other scripts: brings in what they need on a fresh machine and puts Node 24 first in the path.
#   prepare_node                  production and development packages, exactly as locked
#   prepare_debian PACKAGE…       Debian packages that are not there yet
#   prepare_bus                   nats-server 2.10 or newer, from the next Debian where this one's is older
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

bus_is_new_enough() {
  local major minor
  read -r major minor < <(nats-server --version 2>/dev/null | sed -n 's/.*v\([0-9]*\)\.\([0-9]*\)\..*/\1 \2/p') || return 1
  [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 10 ]; }
}

# Debian 12 has 2.9, which can't sync every write. The package of Debian 13 needs nothing but libc, so that one is taken from
# the machine's own mirror, by a list of sources that is used for nothing else.
prepare_bus() {
  bus_is_new_enough && return
  local work as_root=() options
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  work=$(mktemp -d)
  mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial"
  if [ -f /etc/apt/sources.list.d/debian.sources ]; then
    awk 'BEGIN { RS = ""; ORS = "\n\n" } /Suites:/ && !/security/ { print; exit }' /etc/apt/sources.list.d/debian.sources |
      sed 's/^Suites:.*/Suites: trixie/' > "$work/parts/next.sources"
  else
    awk '$1 == "deb" && !/security/ { sub(/ [a-z]+ main/, " trixie main"); print; exit }' /etc/apt/sources.list > "$work/parts/next.list"
  fi
  options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/parts"
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
  say "Installing from Debian: nats-server …"
  if "${as_root[@]}" apt-get "${options[@]}" update -qq >&2; then
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get "${options[@]}" install -y -qq --no-install-recommends nats-server >/dev/null || true
  fi
  rm -rf "$work"
  bus_is_new_enough
}
