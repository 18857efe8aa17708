#!/bin/sh
# Installs one Feature: says which, gives its script the options, and says so if the script fails.
# devc fills in the texts between the at signs.
set -e

report() {
  [ $? -eq 0 ] || echo '@FAILURE@'
}
trap report EXIT

echo ===========================================================================
cat <<'DEVC_BANNER'
@BANNER@
DEVC_BANNER
echo ===========================================================================

set -a
# shellcheck source=/dev/null
. ../devcontainer-features.builtin.env
# shellcheck source=/dev/null
. ./devcontainer-features.env
set +a

chmod +x ./install.sh
./install.sh
