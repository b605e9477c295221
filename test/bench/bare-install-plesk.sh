# shellcheck shell=bash disable=SC2154
# The panel's part of bare-install.sh: looks at what the website has, puts leaf.pem, bundle.pem and the key into its
# subscription's repository and on the website, and reads back what is on record. COMMAND is the panel's program.
name="bare $DOMAIN"
"$COMMAND" bin site --info "$DOMAIN" > site-before.txt
"$COMMAND" bin certificate --list -domain "$DOMAIN" > repository.txt
"$COMMAND" bin certificate --create "$name" -domain "$DOMAIN" \
  -key-file "$KEY" -cert-file "$PWD/leaf.pem" -cacert-file "$PWD/bundle.pem" > /dev/null
"$COMMAND" bin site --update "$DOMAIN" -ssl true -certificate-name "$name" > /dev/null
"$COMMAND" bin site --info "$DOMAIN" > site-after.txt
grep -qF "$name" site-after.txt
