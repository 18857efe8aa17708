#!/bin/sh
# The option arrives as the variable DEVTOOLS.
set -e
export DEBIAN_FRONTEND=noninteractive

# Lists may be there already, from the image or from another Feature.
refresh_lists() {
  if [ -z "$(find /var/lib/apt/lists -type f -name '*_Packages*' 2>/dev/null)" ]; then
    apt-get update
  fi
}

refresh_lists
apt-get install -y --no-install-recommends python3 python3-pip python3-venv
if [ "$DEVTOOLS" = true ]; then
  apt-get install -y --no-install-recommends python3-dev
fi
rm -rf /var/lib/apt/lists/*
