#!/bin/sh
# Run by the plugin manager as root before the plugin's folder is removed. Certificates stay installed and keep working;
# orders, keys and settings stay in /var/lib/xolphin-ssl and /etc/xolphin-ssl.
set -eu
program=/opt/xolphin-ssl/current/bin/xolphin-ssl

[ ! -x "$program" ] || "$program" package uninstall 2>&1
# Where it was cut off the last time, the program is gone and some of its files are not.
rm -rf /opt/xolphin-ssl
