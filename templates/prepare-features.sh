#!/bin/sh
# Puts what all Features get to know about users into the image: $1 is the folder of this script, $2 where it goes.
set -e

# The home folder of a user or uid; nothing if there is none.
home() {
  { getent passwd "$1" || awk -F: -v user="$1" '$1 == user || $3 == user' /etc/passwd; } 2>/dev/null |
    head -n 1 | cut -d: -f6
}

mkdir -p "$2"
file=$2/devcontainer-features.builtin.env
cp "$1/devcontainer-features.builtin.env" "$file"
# shellcheck source=/dev/null
. "$file"
{
  echo "_CONTAINER_USER_HOME=$(home "${_CONTAINER_USER%%:*}")"
  echo "_REMOTE_USER_HOME=$(home "${_REMOTE_USER%%:*}")"
} >>"$file"
chmod -R 0755 "$2"
