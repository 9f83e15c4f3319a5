#!/bin/sh
# Make configure and the Makefile templates from their sources.
set -e
cd "$(dirname "$0")"
exec autoreconf --install --warnings=all "$@"
