#!/bin/sh
# Installs Debian packages faster, without a trace in the image. `fast-apt.sh run COMMAND...` runs a command under an apt that
#   - keeps packages for later builds, and lists for the further steps of this build, in a cache mount;
#   - keeps what it has parsed of the lists in memory, between two calls;
#   - does not wait for the disk (fast-dpkg.pl).
# Where there is no apt, the command runs as it is. The other verbs are hooks that apt calls.
#
# Any build can write into a cache mount, so nothing from there is trusted: apt compares packages with the hashes in its
# lists, since they lie where interrupted downloads do, and lists bear a seal made with the key of this build.

here=${0%/*}
mounts=/dev/devc-apt
cache=$mounts/cache
scratch=$mounts/scratch
lists=/var/lib/apt/lists

# apt reads $APT_CONFIG before the settings of the image, and Dir::Etc::main after them, in the place of
# /etc/apt/apt.conf, which is included by folder, and silently, because it need not be there.
write_settings() {
  mkdir -p "$scratch/image"
  ln -sf /etc/apt/apt.conf "$scratch/image/apt.conf"
  {
    [ -z "${APT_CONFIG:-}" ] || echo "#include \"$APT_CONFIG\";"
    echo "Dir::Etc::main \"$scratch/late.conf\";"
    echo 'Dir::Ignore-Files-Silently:: "^apt[.]conf$";'
  } >"$scratch/early.conf"
  cat >"$scratch/late.conf" <<SETTINGS
#include "$scratch/image/";
Dir::Cache::archives "$cache/archives";
Dir::Cache::pkgcache "$scratch/pkgcache.bin";
Dir::Cache::srcpkgcache "$scratch/srcpkgcache.bin";
APT::Update::Pre-Invoke:: "$here/fast-apt.sh restore-lists";
APT::Update::Post-Invoke-Success:: "$here/fast-apt.sh keep-lists";
DPkg::Pre-Install-Pkgs:: "$here/fast-apt.sh keep-packages";
DPkg::Options:: "--force-unsafe-io";
SETTINGS
  if [ -x /usr/bin/perl ]; then
    echo "Dir::Bin::dpkg \"$here/fast-dpkg.pl\";" >>"$scratch/late.conf"
  fi
}

offer_packages() {
  rm -rf "$cache/archives"
  mkdir -p "$cache/packages" "$cache/archives/partial"
  find "$cache/packages" -name '*.deb' -exec ln -t "$cache/archives/partial" {} +
}

key() { grep -w devc-apt-key /etc/hosts; }

# The key comes last, so that nobody who knows a seal can go on from it.
seal() { { cat "$cache/lists.tar" && key; } | sha256sum; }

case $1 in
  run)
    shift
    if command -v apt-get >/dev/null && write_settings && offer_packages; then
      export APT_CONFIG=$scratch/early.conf
    fi
    exec "$@"
    ;;
  restore-lists)
    if key >/dev/null && [ -e "$cache/lists.seal" ] && [ "$(seal)" = "$(cat "$cache/lists.seal")" ]; then
      tar -C $lists --skip-old-files -xf "$cache/lists.tar"
    fi
    ;;
  keep-lists)
    tar -C $lists --exclude ./partial --exclude ./lock -cf "$cache/lists.tar" .
    seal >"$cache/lists.seal"
    ;;
  keep-packages)
    while read -r package; do
      case $package in "$cache"/archives/*.deb) ln -f "$package" "$cache/packages" ;; esac
    done
    ;;
esac || true # a cache that fails fails no build
