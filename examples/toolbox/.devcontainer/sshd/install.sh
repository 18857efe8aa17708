#!/bin/sh
# The option arrives as the variable PORT.
set -e
export DEBIAN_FRONTEND=noninteractive

apt-get update
apt-get install -y --no-install-recommends openssh-server openssh-client
apt-get clean
rm -rf /var/lib/apt/lists/*

cat >/etc/ssh/sshd_config.d/devcontainer.conf <<CONFIG
Port $PORT
PasswordAuthentication no
CONFIG

# Whoever starts the container runs this first: it starts the server and goes on with the command.
cat >/usr/local/share/sshd-start.sh <<'START'
#!/bin/sh
mkdir -p /run/sshd
[ "$(id -u)" != 0 ] || /usr/sbin/sshd
exec "$@"
START
chmod 755 /usr/local/share/sshd-start.sh
