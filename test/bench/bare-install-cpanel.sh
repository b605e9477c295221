# shellcheck shell=bash disable=SC2154
# The panel's part of bare-install.sh: puts leaf.pem, bundle.pem and the key on the website as the account and reads back
# what is on record; the panel restarts the web server in the background. LOGIN is a file with the header.
uapi() {
  panel --header "@$LOGIN" --data-urlencode "api.version=1" --data-urlencode "cpanel.user=$ACCOUNT" \
    --data-urlencode "cpanel.module=SSL" --data-urlencode "cpanel.function=$1" "${@:2}" "$PANEL_URL/json-api/uapi_cpanel"
}
uapi install_ssl --data-urlencode "domain=$DOMAIN" --data-urlencode "cert@leaf.pem" --data-urlencode "key@$KEY" \
  --data-urlencode "cabundle@bundle.pem" > installed.json
uapi installed_hosts > hosts.json
