# Helpers that every script here shares. Sourced, never run.
# Kept to what bash 3.2 knows, because that is what a Mac ships.
# shellcheck shell=bash

# The checkout's top folder, from wherever the caller stands.
repo_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Where cargo puts what it builds. One folder for every script, so that nothing is built twice; absolute,
# because the scripts change folders.
target_dir=${CARGO_TARGET_DIR:-$repo_root/target}
case $target_dir in /*) ;; *) target_dir=$PWD/$target_dir ;; esac

# Progress goes to stderr: stdout belongs to the data that a script prints.
say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# An error: the first argument says what is wrong, each further one is a line of what to do next.
fail() {
  say "error: $1"
  shift
  if [ $# -gt 0 ]; then printf '  %s\n' "$@" >&2; fi
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# with_deadline SECONDS COMMAND...: macOS has no timeout(1); there the command runs without one.
with_deadline() {
  if have timeout; then timeout "$@"; else
    shift
    "$@"
  fi
}

# The id of the Linux distribution and its relatives, as in "ubuntu debian"; empty elsewhere.
distribution() {
  [ -r /etc/os-release ] || return 0
  # shellcheck disable=SC1091
  (. /etc/os-release && printf '%s %s' "${ID:-}" "${ID_LIKE:-}")
}

release_name() {
  # shellcheck disable=SC1091
  (. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
}

is_debian_like() {
  have apt-get || return 1
  case " $(distribution) " in *" debian "* | *" ubuntu "*) return 0 ;; *) return 1 ;; esac
}

# True where commands may run as root: as root, or through sudo where it can ask or needs no password.
can_be_root() {
  [ "$(id -u)" = 0 ] && return 0
  have sudo || return 1
  if [ -t 0 ]; then return 0; else sudo -n true 2>/dev/null; fi
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# One apt index refresh per run is enough for all that is installed in it.
apt_is_fresh=no
apt_refresh() {
  [ "$apt_is_fresh" = no ] || return 0
  apt_quietly update || fail "apt-get update failed" "Check the network and the files in /etc/apt, then run this again."
  apt_is_fresh=yes
}

# apt_install PACKAGE...: no questions, no recommended extras.
apt_install() {
  apt_refresh
  apt_quietly install -y --no-install-recommends "$@" ||
    fail "could not install: $*" "Try it by hand: apt-get install $*"
}

# Runs apt-get and shows its output only when it fails. A lock held by another run is waited for.
apt_quietly() {
  local log
  log=$(mktemp)
  if as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
  else
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
}

# What building devc needs: cargo, a recent enough Rust, and a linker.
ensure_rust() {
  have cargo || fail "cargo is not installed" "Install Rust with rustup (see rust-lang.org/tools/install), then run this again."
  local needed found
  needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$repo_root/Cargo.toml")
  found=$(rustc --version | awk '{ print $2 }')
  at_least "$found" "$needed" || fail "devc needs Rust $needed, this is Rust $found" "rustup update stable"
  if have cc; then return; fi
  if ! { is_debian_like && can_be_root; }; then
    fail "Rust finds no C linker (cc)" "Install gcc, then run this again."
  fi
  say "installing gcc, which Rust links with"
  apt_install gcc libc6-dev
}

# at_least 1.95.0 1.95: compares versions number by number.
at_least() { printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n -C; }
