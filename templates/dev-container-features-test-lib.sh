#!/bin/bash
# Functions for the test scripts of Features. A script in this folder begins with
#
#     source dev-container-features-test-lib
#
# calls `check` once or more and ends with `reportResults`.

SCRIPT_FOLDER=$(cd "$(dirname "$0")" && pwd)
USERNAME=${1:-root}
HOME=${HOME:-/root}

# The labels of the checks that have failed.
FAILED=()

# echoStderr TEXT...: a line on standard error.
echoStderr() {
    echo "$@" >&2
}

# check LABEL COMMAND...: passes if the command succeeds.
check() {
    local label=$1
    shift
    echo
    echo "🔄 Testing '$label'"
    if "$@"; then
        echo "✅ Passed '$label'!"
        return 0
    fi
    _failed "$label"
}

# checkMultiple LABEL MINIMUM COMMAND...: passes if at least MINIMUM of the commands succeed. Each is one word, which is split.
checkMultiple() {
    local label=$1 minimum=$2 passed=0 command
    shift 2
    echo
    echo "🔄 Testing '$label'"
    for command in "$@"; do
        [ -n "$command" ] || break
        # shellcheck disable=SC2086 # the words of the command
        if $command; then passed=$((passed + 1)); fi
    done
    if [ "$passed" -ge "$minimum" ]; then
        echo "✅ Passed '$label'!"
        return 0
    fi
    _failed "$label"
}

# On standard output, as what a command has said is there too and the order matters.
_failed() {
    echo "❌ '$1' check failed."
    FAILED+=("$1")
    return 1
}

# reportResults: ends the script, with exit code 1 if a check has failed.
reportResults() {
    echo
    if [ ${#FAILED[@]} -eq 0 ]; then
        echo "Test Passed!"
        exit 0
    fi
    echo "💥 Failed tests: ${FAILED[*]}"
    exit 1
}
