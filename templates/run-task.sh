# Runs a task: `$1` is a command without whose success nothing runs, `$2` a program for perl that measures, the rest is the
# task. What it prints goes to one stream, in order; what is known of it afterwards goes to the other.
exec 3>&2 2>&1
if [ -n "$1" ] && ! /bin/sh -c "$1" 3>&-; then
  echo unneeded >&3
  exit 0
fi
meter=$2
shift 2
if perl -e 1 >/dev/null 2>&1; then
  perl -e "$meter" -- "$@" 2>&3 3>&-
else
  "$@" 3>&-
fi
code=$?
exec 1>&3 2>/dev/null
echo "code $code"
times
