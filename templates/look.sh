# Tells what tasks depend on: where a program is, which files match, what is in them. Each answer ends with a line `?`.
look() {
  here=.
  export TZ=UTC
  while [ $# -gt 0 ]; do
    case $1 in
    in)
      here=$2
      shift 2
      continue
      ;;
    tool)
      (
        cd "$here" 2>/dev/null || exit
        program=$(command -v "$2") || exit
        stat -L -c '%n %s %y' "$program" 2>/dev/null || echo "$program"
      )
      shift 2
      ;;
    *)
      (
        if [ "$2" = home ]; then cd; else cd "$here"; fi 2>/dev/null || exit
        if [ "$1" = outputs ]; then
          [ -d "$3" ] || exec stat -c '%f %s %y	%n' "$3" 2>/dev/null
          exec find "$3" -maxdepth "$4" -exec stat -c '%f %s %y	%n' {} + 2>/dev/null
        else
          exec find "$3" -name .git -prune -o -type f -exec sha256sum {} + 2>/dev/null
        fi
      )
      shift 4
      ;;
    esac
    echo '?'
  done
}
