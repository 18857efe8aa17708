# Gives the user REMOTE_USER the ids NEW_UID and NEW_GID. POSIX sh, with nothing that busybox lacks.
set -eu

# Prints the file $1 through the function $2, which finds $name, $password, $id (the third field) and $rest.
rewrite() {
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        *:*:*:*)
            name=${line%%:*} rest=${line#*:}
            password=${rest%%:*} rest=${rest#*:}
            id=${rest%%:*} rest=${rest#*:}
            "$2"
            ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$1"
}

# Who had the new uid gets the old one, and who was in the user's group stays in it.
passwd_line() {
    gid=${rest%%:*} rest=${rest#*:}
    if [ "$name" = "$REMOTE_USER" ]; then
        id=$NEW_UID
    elif [ "$id" = "$NEW_UID" ]; then
        id=$old_uid
    fi
    if [ "$gid" = "$old_gid" ]; then
        gid=$new_gid
    fi
    printf '%s\n' "$name:$password:$id:$gid:$rest"
}

group_line() {
    if [ "$id" = "$old_gid" ]; then
        id=$new_gid
    fi
    printf '%s\n' "$name:$password:$id:$rest"
}

# Overwrites the file $1 with the input; mode and owner stay.
replace() {
    cat >"$1.devc"
    cat "$1.devc" >"$1"
    rm "$1.devc"
}

# Sets $uid, $gid and $home of the first account for which "$@" holds.
find_account() {
    while IFS=: read -r name _ uid gid _ home _ || [ -n "$name" ]; do
        if "$@"; then
            return 0
        fi
    done </etc/passwd
    uid='' gid='' home=''
}
is_remote_user() { [ "$name" = "$REMOTE_USER" ]; }
has_new_uid() { [ "$uid" = "$NEW_UID" ] && [ "$name" != "$REMOTE_USER" ]; }

new_group_exists() {
    while IFS=: read -r _ _ id _ || [ -n "$id" ]; do
        if [ "$id" = "$NEW_GID" ]; then
            return 0
        fi
    done </etc/group
    return 1
}

# Runs the command $1 with the argument $2 on what belongs to $4 (a uid or gid, as -user or -group in $3 says)
# below the folder $5, without entering other file systems.
give() {
    if [ ! -d "$5" ] || [ "$5" = / ]; then
        return 0
    fi
    if command -v find >/dev/null 2>&1; then
        find "$5" -xdev "$3" "$4" -exec "$1" -h "$2" '{}' +
    else
        "$1" -R -h "$2" "$5"
    fi
}

find_account has_new_uid
other_home=$home
find_account is_remote_user
old_uid=$uid old_gid=$gid new_gid=$NEW_GID
if [ -z "$old_uid" ] || [ "$old_uid" = 0 ] || [ "$NEW_UID" = 0 ]; then
    echo "The ids of $REMOTE_USER stay as they are."
    exit 0
fi
if [ "$old_gid" != "$NEW_GID" ] && new_group_exists; then
    echo "There is another group with the id $NEW_GID, so $REMOTE_USER keeps the group $old_gid."
    new_gid=$old_gid
fi
if [ "$old_uid:$old_gid" = "$NEW_UID:$new_gid" ]; then
    echo "The ids of $REMOTE_USER are $old_uid:$old_gid already."
    exit 0
fi

echo "The ids of $REMOTE_USER change from $old_uid:$old_gid to $NEW_UID:$new_gid."
rewrite /etc/passwd passwd_line | replace /etc/passwd
if [ "$old_gid" != "$new_gid" ]; then
    rewrite /etc/group group_line | replace /etc/group
    give chgrp "$new_gid" -group "$old_gid" "$home"
fi
if [ "$old_uid" != "$NEW_UID" ]; then
    give chown "$old_uid" -user "$NEW_UID" "$other_home"
    give chown "$NEW_UID" -user "$old_uid" "$home"
fi
