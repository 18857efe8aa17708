# Runs a task: `$1` is a command without whose success nothing runs, the rest is the task. What it prints goes to one stream,
# in order; what is known of it afterwards goes to the other.
exec 3>&2 2>&1
if [ -n "$1" ] && ! /bin/sh -c "$1" 3>&-; then
  echo unneeded >&3
  exit 0
fi
shift
"$@" 3>&-
code=$?
exec 1>&3 2>/dev/null
echo "code $code"
times
