#!/usr/bin/env bash
# What the agent's installation is measured against: the same calls of CA and panel with curl and openssl, nothing kept,
# nothing decided. Everything comes from the environment of the bench: CA_URL CA_LOGIN CA_ROOT ID KEY DOMAIN ACCOUNT
# PANEL_URL PANEL_ROOT PANEL_ADDRESS HTTPS ROOTS WORK, and INSTALL, the panel's own part, with what that needs.
# It prints the fingerprints that are served.
set -euo pipefail
cd "$WORK"

ca() { curl -q --silent --fail --cacert "$CA_ROOT" --user "$CA_LOGIN" "$CA_URL$1"; }
panel() { curl -q --silent --fail --cacert "$PANEL_ROOT" --resolve "$PANEL_ADDRESS" "$@"; }
look() { openssl s_client -connect "$HTTPS" -servername "$1" -showcerts < /dev/null 2> /dev/null || true; }
names=("$DOMAIN" "www.$DOMAIN")

# Collect.
ca "certificates/$ID" > certificate.json
ca "certificates/$ID/download?format=CRT" > leaf.pem
ca "certificates/$ID/download?format=CA_BUNDLE" > bundle.pem
[ "$(openssl x509 -in leaf.pem -noout -pubkey)" = "$(openssl pkey -in "$KEY" -pubout)" ]
openssl verify -CAfile "$ROOTS" -untrusted bundle.pem leaf.pem > /dev/null

# What is there now.
for name in "${names[@]}"; do look "$name" > "before-$name.txt"; done

# Install.
. "$INSTALL"

# Prove. While a web server changes over, its old processes may answer for one name and the new ones for the other.
print() { openssl x509 -noout -fingerprint -sha256 < "$1"; }
for name in "${names[@]}"; do
  until look "$name" > "after-$name.txt" && [ "$(print "after-$name.txt" 2> /dev/null)" = "$(print leaf.pem)" ]; do sleep 0.1; done
  print "after-$name.txt"
done
