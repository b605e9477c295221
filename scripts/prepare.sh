# Sourced by the other scripts: brings in what they need on a fresh machine and puts Node 24 first in the path.
#   prepare_node                  production and development packages, exactly as locked
#   prepare_debian PACKAGE…       Debian packages that are not there yet
#   prepare_bus                   nats-server 2.10 or newer, from the next Debian where this one's is older
#   prepare_fuzzer                what guides the fuzzing of parsers, with the C library that it needs
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

# Runs apt-get on the next Debian, from the machine's own mirror, by a list of sources that is used for nothing else.
next_debian() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  if [ -z "${next_debian_lists:-}" ]; then
    next_debian_lists=$(mktemp -d)
    mkdir -p "$next_debian_lists/parts" "$next_debian_lists/lists/partial" "$next_debian_lists/cache/archives/partial"
    if [ -f /etc/apt/sources.list.d/debian.sources ]; then
      awk 'BEGIN { RS = ""; ORS = "\n\n" } /Suites:/ && !/security/ { print; exit }' /etc/apt/sources.list.d/debian.sources |
        sed 's/^Suites:.*/Suites: trixie/' > "$next_debian_lists/parts/next.sources"
    else
      awk '$1 == "deb" && !/security/ { sub(/ [a-z]+ main/, " trixie main"); print; exit }' /etc/apt/sources.list > "$next_debian_lists/parts/next.list"
    fi
  fi
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$next_debian_lists/parts" \
    -o "Dir::State::lists=$next_debian_lists/lists" -o "Dir::Cache=$next_debian_lists/cache" -o APT::Sandbox::User=root "$@"
}

forget_next_debian() {
  [ -z "${next_debian_lists:-}" ] || rm -rf "$next_debian_lists"
  next_debian_lists=
}

# Debian 12 has 2.9, which can't sync every write. The package of Debian 13 needs nothing but libc.
prepare_bus() {
  bus_is_new_enough && return
  say "Installing from Debian: nats-server …"
  if next_debian update >&2; then
    next_debian install -y --no-install-recommends nats-server >/dev/null || true
  fi
  forget_next_debian
  bus_is_new_enough
}

# Coverage-guided fuzzing, in .fuzz, because nothing else needs it (docs/decisions/0001-dependencies.md). The native part of Jazzer.js
# needs glibc 2.38; where the machine's is older, Node runs by that of Debian 13, which is unpacked and not installed.
prepare_fuzzer() {
  local tools=.fuzz version=4.0.0 package
  mkdir -p "$tools"
  if ! grep -qs "\"version\": \"$version\"" "$tools/node_modules/@jazzer.js/core/package.json"; then
    say "Installing Jazzer.js …"
    npm install --prefix "$tools" --no-audit --no-fund --ignore-scripts --loglevel=error "@jazzer.js/core@$version" >&2 || return
  fi
  if [ "$(getconf GNU_LIBC_VERSION | sed 's/.*\.//')" -ge 38 ] || [ -e "$tools/libc" ]; then return; fi
  say "Fetching from Debian: libc6 …"
  rm -rf "$tools/unpacked" && mkdir -p "$tools/unpacked"
  local got=0
  { next_debian update && (cd "$tools/unpacked" && next_debian download libc6 libstdc++6 libgcc-s1); } >&2 || got=$?
  forget_next_debian
  [ "$got" -eq 0 ] || return "$got"
  for package in "$tools"/unpacked/*.deb; do
    dpkg-deb -x "$package" "$tools/unpacked" && rm "$package" || return
  done
  mv "$tools/unpacked" "$tools/libc"
}
