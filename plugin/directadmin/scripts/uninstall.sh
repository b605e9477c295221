#!/bin/sh
# Run by the plugin manager as root before the plugin's folder is removed. Certificates stay installed and keep working;
# orders, keys and settings stay in /var/lib/xolphin-ssl and /etc/xolphin-ssl.
set -eu

printf 'Xolphin SSL is removed. Keys and orders stay in /var/lib/xolphin-ssl.\n'
