//! The environment that the user's own shell would have: what `~/.profile`, `nvm` and the like set up.
//!
//! Starting a login shell costs from 50 ms to seconds, so the answer is kept with the container's record, keyed by
//! what shapes it: the container's start, the user, the kind of shell, and the times of the files it reads.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use sha2::{Digest, Sha256};

use crate::config::UserEnvProbe;
use crate::engine::{Container, Engine, ExecRequest};
use crate::error::Result;
use crate::event::{Events, Level};
use crate::execute::running::TAG_VARIABLE;
use crate::execute::{ProcessTag, RemoteUser};
use crate::host::{ContainerRecord, EnvironmentProbe, unique_id};
use crate::name::hex;

/// A shell that has not answered by then is not going to (reference CLI: 10 s).
const PATIENCE: Duration = Duration::from_secs(10);

/// What each shell reads when it starts: files of the system, and files in the home folder. One that is a link counts
/// with what it points to. Each file costs a question to the engine on every `exec`, so the lists are short.
fn startup_files(shell: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match shell.rsplit('/').next().unwrap_or(shell) {
        "bash" => (
            &["/etc/profile", "/etc/profile.d", "/etc/bash.bashrc"],
            &[".profile", ".bash_profile", ".bash_login", ".bashrc"],
        ),
        "zsh" => (
            &["/etc/zsh/zshenv", "/etc/zsh/zprofile", "/etc/zsh/zshrc"],
            &[".zshenv", ".zprofile", ".zshrc", ".zlogin"],
        ),
        "fish" => (&["/etc/fish/config.fish"], &[".config/fish/config.fish", ".config/fish/conf.d"]),
        _ => (&["/etc/profile", "/etc/profile.d"], &[".profile"]),
    }
}

/// What to ask, and of whom.
#[derive(Clone, Copy, Debug)]
pub struct ProbeRequest<'a> {
    /// The user as the engine takes it.
    pub user: &'a str,
    /// Which kind of shell.
    pub kind: UserEnvProbe,
    /// Ask again in any case.
    pub refresh: bool,
}

/// The user's environment, from the record when that is still good. Updates the record, without saving it.
///
/// A shell that fails or hangs yields an empty environment and a warning, never an error.
pub async fn probe(
    engine: &Engine,
    container: &Container,
    request: ProbeRequest<'_>,
    record: &mut ContainerRecord,
    events: &Events,
) -> Result<EnvironmentProbe> {
    if let Some(known) = record.probe.as_ref().filter(|_| !request.refresh)
        && known.key == key(engine, container, request, &known.shell, &known.home).await?
    {
        return Ok(known.clone());
    }
    let user = RemoteUser::find(engine, container, request.user).await?;
    if !user.is_known {
        events.notice(Level::Warning, format!("User {} not found in the container.", user.name));
    }
    let environment = match request.kind {
        UserEnvProbe::None => BTreeMap::new(),
        kind => ask_shell(engine, container, &user, kind, events).await?,
    };
    let key = key(engine, container, request, &user.shell, &user.home).await?;
    let probe = EnvironmentProbe { key, environment, shell: user.shell, home: user.home };
    record.probe = Some(probe.clone());
    Ok(probe)
}

async fn key(
    engine: &Engine,
    container: &Container,
    request: ProbeRequest<'_>,
    shell: &str,
    home: &str,
) -> Result<String> {
    let (system, in_home) = match request.kind {
        UserEnvProbe::None => (&[][..], &[][..]),
        _ => startup_files(shell),
    };
    let in_home = in_home.iter().map(|name| format!("{home}/{name}"));
    let paths: Vec<String> = system.iter().map(|path| (*path).to_owned()).chain(in_home).collect();
    let stamps = join_all(paths.iter().map(|path| stamp(engine, container, path))).await;
    let mut hash = Sha256::new();
    hash.update(format!("{} {} {} {shell}\n", container.started_at, request.user, request.kind.name()));
    for stamp in stamps {
        hash.update(stamp?);
        hash.update("\n");
    }
    Ok(hex(&hash.finalize()[..16]))
}

async fn stamp(engine: &Engine, container: &Container, path: &str) -> Result<String> {
    let Some(info) = engine.stat(&container.id, path).await? else { return Ok(String::new()) };
    let own = format!("{} {}", info.modified, info.size);
    match info.link_target {
        None => Ok(own),
        Some(target) => {
            let behind = engine.stat(&container.id, &target).await?;
            Ok(format!("{own} {:?}", behind.map(|info| (info.modified, info.size))))
        }
    }
}

async fn ask_shell(
    engine: &Engine,
    container: &Container,
    user: &RemoteUser,
    kind: UserEnvProbe,
    events: &Events,
) -> Result<BTreeMap<String, String>> {
    // No startup file prints this.
    let mark = unique_id();
    let tag = ProcessTag::unique();
    let mut request = ExecRequest {
        command: shell_command(&user.shell, kind, &mark),
        user: Some(user.name.clone()),
        ..ExecRequest::default()
    };
    tag.mark(&mut request.environment);
    let answer = tokio::time::timeout(PATIENCE, engine.exec_output(&container.id, request)).await;
    let Ok(answer) = answer else {
        tag.signal(engine, &container.id, "KILL").await;
        events.notice(
            Level::Warning,
            format!(
                "{} did not tell its environment within {} s; going on without. Look for something that waits in the \
                 startup files of user {}, or set \"userEnvProbe\": \"none\".",
                user.shell,
                PATIENCE.as_secs(),
                user.name
            ),
        );
        return Ok(BTreeMap::new());
    };
    let answer = answer?;
    let environment = parse(&answer.stdout, &mark);
    if environment.is_none() {
        let stderr = String::from_utf8_lossy(&answer.stderr);
        events.notice(
            Level::Warning,
            format!("{} did not tell its environment; going on without. {}", user.shell, stderr.trim()),
        );
    }
    Ok(environment.unwrap_or_default())
}

fn shell_command(shell: &str, kind: UserEnvProbe, mark: &str) -> Vec<String> {
    let script = format!("echo -n {mark}; cat /proc/self/environ; echo -n {mark}");
    let is_powershell = shell.rsplit('/').next().is_some_and(|name| name.starts_with("pwsh"));
    let flags: &[&str] = match (is_powershell, kind) {
        (true, UserEnvProbe::LoginShell | UserEnvProbe::LoginInteractiveShell) => &["-Login", "-Command"],
        (true, _) => &["-Command"],
        (false, UserEnvProbe::LoginShell) => &["-lc"],
        (false, UserEnvProbe::InteractiveShell) => &["-ic"],
        (false, _) => &["-lic"],
    };
    let words = std::iter::once(shell).chain(flags.iter().copied()).chain([script.as_str()]);
    words.map(str::to_owned).collect()
}

/// The environment between the two marks; `None` when they are not there.
fn parse(output: &[u8], mark: &str) -> Option<BTreeMap<String, String>> {
    let text = String::from_utf8_lossy(output);
    let (_, rest) = text.split_once(mark)?;
    let (block, _) = rest.split_once(mark)?;
    let pairs = block.split('\0').filter_map(|pair| pair.split_once('='));
    let environment: BTreeMap<String, String> = pairs
        .filter(|(name, _)| *name != "PWD" && *name != TAG_VARIABLE)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    (!environment.is_empty()).then_some(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_startup_files_print_does_not_get_into_the_environment() {
        let output = b"Welcome!\nX=1\nMARKA=1\nB\0PATH=/bin\0PWD=/\0E=a=b\0MARKbye\n";
        let environment = parse(output, "MARK").unwrap();
        let pairs: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("A", "1\nB"), ("E", "a=b"), ("PATH", "/bin")]);
    }

    #[test]
    fn a_shell_that_says_nothing_is_no_environment() {
        assert_eq!(parse(b"no marks", "MARK"), None);
        assert_eq!(parse(b"MARKMARK", "MARK"), None);
    }

    #[test]
    fn each_kind_of_shell_gets_its_own_flags() {
        let flags = |shell, kind| shell_command(shell, kind, "m")[1..].split_last().unwrap().1.join(" ");
        assert_eq!(flags("/bin/bash", UserEnvProbe::LoginInteractiveShell), "-lic");
        assert_eq!(flags("/bin/sh", UserEnvProbe::LoginShell), "-lc");
        assert_eq!(flags("/usr/bin/fish", UserEnvProbe::InteractiveShell), "-ic");
        assert_eq!(flags("/usr/bin/pwsh", UserEnvProbe::LoginShell), "-Login -Command");
    }
}
