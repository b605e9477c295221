#!/bin/sh
# What installing many certificates is measured against: acme.sh and its deploy hook, both as published. As its cron job does,
# one process works off everything that is due; collecting, which acme.sh can't do at this CA, is done with curl. Nothing is
# proven. Everything comes from the environment of the bench: ACME CA_URL CA_LOGIN CA_ROOT HOOK, what acme.sh and the hook
# themselves want, and FOLDER with a key for each of the websites.
#   acme-install.sh NAME=NUMBER…     name of the website, number of its certificate at the CA
set -eu
# It takes our arguments for its own when it is sourced.
wanted=$*
set --
set +eu
# shellcheck disable=SC1091
. "$ACME/acme.sh" > /dev/null

ca() { curl -q --silent --fail --cacert "$CA_ROOT" --user "$CA_LOGIN" "$CA_URL$1"; }

bring() (
  place=$LE_CONFIG_HOME/${1}_ecc
  mkdir -p "$place"
  ca "certificates/$2" > "$place/certificate.json" || exit
  ca "certificates/$2/download?format=CRT" > "$place/$1.cer" || exit
  ca "certificates/$2/download?format=CA_BUNDLE" > "$place/ca.cer" || exit
  cat "$place/$1.cer" "$place/ca.cer" > "$place/fullchain.cer"
  cp "$FOLDER/$1/key.pem" "$place/$1.key"
  printf "Le_Domain='%s'\nLe_Alt='www.%s'\nLe_Webroot='no'\nLe_Keylength='ec-256'\n" "$1" "$1" > "$place/$1.conf"
  export DirectAdmin_MAIN_DOMAIN="$1"
  deploy "$1" "$HOOK" ecc > "$place/deploy.log" 2>&1 || { cat "$place/deploy.log"; exit 1; }
)

for one in $wanted; do
  bring "${one%=*}" "${one#*=}" || exit 1
done
