//! Who the remote user is inside the container.

use crate::engine::{Container, Engine, ExecRequest};
use crate::error::Result;

/// A user of the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteUser {
    /// As the engine takes it: a name or a number, perhaps with `:group`.
    pub name: String,
    /// The numbers of the user and of its group.
    pub owner: (u64, u64),
    /// The home folder.
    pub home: String,
    /// The login shell.
    pub shell: String,
    /// Whether the user was found in the container at all.
    pub is_known: bool,
}

/// One line of `/etc/passwd`.
struct PasswdEntry<'a> {
    uid: u64,
    gid: u64,
    home: &'a str,
    shell: &'a str,
}

impl RemoteUser {
    /// Looks a user up: in `/etc/passwd`, else by asking `getent`, which also knows users of a directory service.
    pub async fn find(engine: &Engine, container: &Container, name: &str) -> Result<Self> {
        if let Some(known) = Self::in_files(engine, container, name).await? {
            return Ok(known);
        }
        let request = ExecRequest {
            command: ["getent", "passwd", login(name)].map(str::to_owned).to_vec(),
            ..ExecRequest::default()
        };
        let answer = engine.exec_output(&container.id, request).await?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        Ok(match find_entry(&text, name) {
            Some(entry) => Self::from_entry(name, &entry, container),
            None => Self::unknown(name, container),
        })
    }

    /// Looks a user up in `/etc/passwd` alone, which a container has that does not run.
    pub(super) async fn in_files(engine: &Engine, container: &Container, name: &str) -> Result<Option<Self>> {
        let name = if name.is_empty() { "root" } else { name };
        let passwd = engine.read_file(&container.id, "/etc/passwd").await?.unwrap_or_default();
        Ok(find_entry(&passwd, name).map(|entry| Self::from_entry(name, &entry, container)))
    }

    fn from_entry(name: &str, entry: &PasswdEntry<'_>, container: &Container) -> Self {
        let variable = |name: &str| container.environment.get(name).filter(|value| !value.is_empty());
        // Root may write anywhere, so a HOME that was set for the container holds for root.
        let home = variable("HOME").filter(|_| entry.uid == 0).map_or(entry.home, String::as_str);
        let shell = variable("SHELL").map_or(entry.shell, String::as_str);
        Self {
            name: name.to_owned(),
            owner: (entry.uid, entry.gid),
            home: if home.is_empty() { "/root" } else { home }.to_owned(),
            shell: if shell.is_empty() { "/bin/sh" } else { shell }.to_owned(),
            is_known: true,
        }
    }

    /// A number without an entry is a good user all the same; it just has no home of its own.
    fn unknown(name: &str, container: &Container) -> Self {
        let uid = login(name).parse().unwrap_or(0);
        let home = container.environment.get("HOME").filter(|home| !home.is_empty());
        let home = home.cloned().unwrap_or_else(|| if uid == 0 { "/root" } else { "/" }.to_owned());
        Self { name: name.to_owned(), owner: (uid, uid), home, shell: "/bin/sh".to_owned(), is_known: false }
    }
}

/// `user` of `user:group`.
fn login(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

fn find_entry<'a>(passwd: &'a str, name: &str) -> Option<PasswdEntry<'a>> {
    let wanted = login(name);
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let login = fields.next()?;
        let _password = fields.next()?;
        let number = fields.next()?;
        if login != wanted && number != wanted {
            return None;
        }
        let gid = fields.next()?.parse().ok()?;
        let _comment = fields.next()?;
        let (home, shell) = (fields.next()?, fields.next().unwrap_or_default());
        Some(PasswdEntry { uid: number.parse().ok()?, gid, home, shell })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nvscode:x:1001:1001::/home/vscode:/bin/zsh\n\
                          code:x:1000:1000::/home/code:/bin/sh\nbroken:x\n";

    fn check(name: &str, expected: Option<(u64, &str)>) {
        let found = find_entry(PASSWD, name).map(|entry| (entry.uid, entry.home));
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn users_are_found_by_their_whole_name_or_their_number() {
        check("code", Some((1000, "/home/code")));
        check("vscode", Some((1001, "/home/vscode")));
        check("1001:staff", Some((1001, "/home/vscode")));
        check("ode", None);
        check("broken", None);
    }
}
