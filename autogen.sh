#!/bin/sh
# Makes ./configure, in a checkout from git.
set -e
cd "$(dirname "$0")"
exec autoreconf --install --warnings=all,no-obsolete "$@"
