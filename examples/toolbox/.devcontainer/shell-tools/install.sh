#!/bin/sh
# The options arrive as variables: ZSH, LOCALE.
set -e
export DEBIAN_FRONTEND=noninteractive

packages="apt-utils bash-completion ca-certificates curl dialog gnupg2 htop iproute2 jq less locales lsb-release lsof
  man-db nano ncdu net-tools openssh-client procps psmisc rsync strace sudo tree unzip vim-tiny wget zip"
if [ "$ZSH" = true ]; then
  packages="$packages zsh"
fi

apt-get update
# shellcheck disable=SC2086 # one word per package
apt-get install -y --no-install-recommends $packages
rm -rf /var/lib/apt/lists/*

if ! grep -q "^$LOCALE " /etc/locale.gen; then
  echo "$LOCALE ${LOCALE#*.}" >>/etc/locale.gen
fi
locale-gen
