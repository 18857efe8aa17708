#!/bin/sh
# The option arrives as the variable LFS.
set -e
export DEBIAN_FRONTEND=noninteractive

apt-get update
apt-get install -y --no-install-recommends ca-certificates git
if [ "$LFS" = true ]; then
  apt-get install -y --no-install-recommends git-lfs
  git lfs install --system --skip-repo
fi
apt-get clean
rm -rf /var/lib/apt/lists/*
