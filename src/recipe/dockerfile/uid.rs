//! Gives the remote user the ids of the user on this machine, so that files in bind mounts belong to both.

/// Runs inside the image, as root.
const SCRIPT: &str = include_str!("../../../templates/update-uid.sh");

/// Whether an image has to be built for the sake of the ids, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UidDecision {
    /// The image can be used as it is.
    Keep(String),
    /// An image with other ids is needed.
    Update(String),
}

/// What to build for other ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidUpdate {
    /// The same text for all images, so that it needs no quoting.
    pub dockerfile: String,
    /// The build arguments, in the reference CLI's names.
    pub args: Vec<(String, String)>,
}

/// Makes the build that gives `remote_user` other ids.
///
/// `image_user` is the user of the image, which stays.
pub fn uid_update(base_image: &str, image_user: &str, remote_user: &str, uid: u32, gid: u32) -> UidUpdate {
    let image_user = if image_user.is_empty() { "root" } else { image_user };
    let args = [
        ("BASE_IMAGE", base_image.to_owned()),
        ("REMOTE_USER", remote_user.to_owned()),
        ("NEW_UID", uid.to_string()),
        ("NEW_GID", gid.to_string()),
        ("IMAGE_USER", image_user.to_owned()),
    ];
    UidUpdate { dockerfile: dockerfile(), args: args.map(|(name, value)| (name.to_owned(), value)).into() }
}

fn dockerfile() -> String {
    let lines = SCRIPT.lines().filter(|line| !line.trim_start().starts_with('#') && !line.is_empty());
    let script = lines.map(str::trim_start).collect::<Vec<_>>().join("\n");
    // The exec form, because the image may have changed the shell.
    let command = serde_json::json!(["/bin/sh", "-c", script]);
    format!(
        "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nUSER root\nARG REMOTE_USER\nARG NEW_UID\nARG NEW_GID\nRUN {command}\n\
         ARG IMAGE_USER\nUSER $IMAGE_USER\n"
    )
}

/// Decides from the image's `/etc/passwd` and `/etc/group` whether [`uid_update`] would change anything.
pub fn needs_uid_update(passwd: &str, group: &str, user: &str, uid: u32, gid: u32) -> UidDecision {
    let keep = |reason: String| UidDecision::Keep(reason);
    if user == "root" || user.bytes().all(|byte| byte.is_ascii_digit()) {
        return keep(format!("the ids of {user} are never changed"));
    }
    if uid == 0 {
        return keep("on this machine you are root, whose ids nobody else can have".to_owned());
    }
    let Some((old_uid, old_gid)) = ids(passwd, user) else {
        return keep(format!("the image has no user {user}"));
    };
    if old_uid == 0 {
        return keep(format!("{user} is root under another name"));
    }
    let group_taken = old_gid != gid && has_group(group, gid);
    let new_gid = if group_taken { old_gid } else { gid };
    if (old_uid, old_gid) == (uid, new_gid) {
        let but = if group_taken { format!(", and the group {gid} is another one") } else { String::new() };
        return keep(format!("{user} has the ids {old_uid}:{old_gid} already{but}"));
    }
    let from = owner(passwd, user, uid).map_or(String::new(), |other| format!(", which {other} gives up"));
    UidDecision::Update(format!("{user} has the ids {old_uid}:{old_gid} and needs {uid}:{new_gid}{from}"))
}

/// The accounts of a passwd file: name, uid, gid.
fn accounts(passwd: &str) -> impl Iterator<Item = (&str, u32, u32)> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        Some((name, fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

fn ids(passwd: &str, user: &str) -> Option<(u32, u32)> {
    accounts(passwd).find(|(name, ..)| *name == user).map(|(_, uid, gid)| (uid, gid))
}

fn owner<'a>(passwd: &'a str, except: &str, uid: u32) -> Option<&'a str> {
    accounts(passwd).find(|(name, other, _)| *other == uid && *name != except).map(|(name, ..)| name)
}

fn has_group(group: &str, gid: u32) -> bool {
    let gid = gid.to_string();
    group.lines().any(|line| line.split(':').nth(2) == Some(gid.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nubuntu:x:1000:1000::/home/ubuntu:\n\
        vscode:x:1001:1001::/home/vscode:/bin/sh\ncode:x:1002:1002::/home/code:/bin/sh\nbroken\ntoor:x:0:0:::\n";
    const GROUP: &str = "root:x:0:\nubuntu:x:1000:\nvscode:x:1001:\ncode:x:1002:\nusers:x:100:vscode\n";

    #[track_caller]
    fn check(user: &str, uid: u32, gid: u32, expected: &str) {
        let decision = match needs_uid_update(PASSWD, GROUP, user, uid, gid) {
            UidDecision::Keep(reason) => format!("keep: {reason}"),
            UidDecision::Update(reason) => format!("update: {reason}"),
        };
        assert_eq!(decision, expected);
    }

    #[test]
    fn nothing_is_built_where_nothing_would_change() {
        check("vscode", 1001, 1001, "keep: vscode has the ids 1001:1001 already");
        check(
            "vscode",
            1001,
            100,
            "keep: vscode has the ids 1001:1001 already, and the group 100 is another one",
        );
        check("root", 1000, 1000, "keep: the ids of root are never changed");
        check("1001", 1000, 1000, "keep: the ids of 1001 are never changed");
        check("vscode", 0, 0, "keep: on this machine you are root, whose ids nobody else can have");
        check("scode", 1000, 1000, "keep: the image has no user scode");
        check("toor", 1000, 1000, "keep: toor is root under another name");
    }

    #[test]
    fn ids_are_updated_where_they_differ() {
        check("code", 1005, 1005, "update: code has the ids 1002:1002 and needs 1005:1005");
        check("code", 1002, 1005, "update: code has the ids 1002:1002 and needs 1002:1005");
        check(
            "vscode",
            1000,
            1000,
            "update: vscode has the ids 1001:1001 and needs 1000:1001, which ubuntu gives up",
        );
    }

    #[test]
    fn the_dockerfile_is_valid_and_ends_with_the_users_of_the_image() {
        let update = uid_update("a:b", "", "dev", 7, 8);
        let args: Vec<String> = update.args.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(args.join(" "), "BASE_IMAGE=a:b REMOTE_USER=dev NEW_UID=7 NEW_GID=8 IMAGE_USER=root");
        let variables = super::super::Variables {
            build_args: update.args.into_iter().collect(),
            platform_args: BTreeMap::new(),
        };
        let facts = super::super::scan(&update.dockerfile, &variables, None).unwrap();
        assert_eq!(facts.base_image().name, "a:b");
        assert_eq!(facts.user(&BTreeMap::new(), "somebody"), "root");
    }
}
