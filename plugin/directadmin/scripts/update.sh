#!/bin/sh
# Run by the plugin manager after the new files are in place; what installing does is what updating needs.
set -eu
exec "$(dirname -- "$0")/install.sh"
