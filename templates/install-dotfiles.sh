#!/bin/sh
# Clones dotfiles into the container and installs them.
# $1: repository, $2: target folder (~ is the home folder), $3: install script, may be empty
set -e
if ! command -v git >/dev/null 2>&1; then
  echo "git is not in this container, so no dotfiles are installed"
  exit 0
fi
target=$2
case $target in "~") target=$HOME ;; "~/"*) target=$HOME/${target#??} ;; esac
[ -e "$target" ] || git clone --depth 1 "$1" "$target"
cd "$target"
run() {
  [ -x "$1" ] || chmod +x "$1"
  case $1 in /*) "$1" ;; *) "./$1" ;; esac
}
if [ -n "$3" ]; then
  if [ -f "$3" ]; then run "$3"; exit; fi
  echo "the dotfiles have no file $3" >&2
  exit 126
fi
for script in install.sh install bootstrap.sh bootstrap script/bootstrap setup.sh setup script/setup; do
  if [ -f "$script" ]; then run "$script"; exit; fi
done
for file in .*; do
  case $file in .|..|.git) ;; *) ln -sf "$target/$file" "$HOME/$file" ;; esac
done
