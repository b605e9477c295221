# shellcheck shell=bash disable=SC2154
# The panel's part of bare-install.sh: puts leaf.pem, bundle.pem and the key on the website. COMMAND is the panel's program.
login=$("$COMMAND" api-url --user="$ACCOUNT" | sed -E 's,^https://([^@]+)@.*,\1,')
base="$PANEL_URL/api/domain-tls/$DOMAIN/certs"
panel --user "$login" "$base" > certs.json
awk 'BEGIN { printf "{\"certificate\":\"" }
  FNR == 1 && NR > 1 && FILENAME == ARGV[ARGC - 1] { printf "\",\"key\":\"" }
  { printf "%s\\n", $0 }
  END { printf "\"}" }' leaf.pem bundle.pem "$KEY" > body.json
panel --user "$login" --request PUT --header 'Content-Type: application/json' --data-binary @body.json \
  "$base/$DOMAIN/files?update-acme-skiplist=true"
"$COMMAND" taskq "--run=action=rewrite&value=httpd&user=$ACCOUNT" > /dev/null
