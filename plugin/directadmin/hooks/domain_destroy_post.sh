#!/bin/sh
exec "${0%/*}/../lib/wake"
