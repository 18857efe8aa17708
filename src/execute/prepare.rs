//! What a container gets after it was started: `/etc` as login shells expect it, the host's certificates, and a
//! place for markers. All of it goes through the archive API, so nothing has to run inside.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::config::Hook;
use crate::engine::{Container, Engine, Upload};
use crate::error::{ErrorKind, Result};
use crate::event::{Events, Level};
use crate::execute::{RemoteUser, kept};
use crate::host::ContainerRecord;
use crate::host::trust::HostTrust;
use crate::plan::DOTFILES;
use crate::recipe::dockerfile::CA_VARIABLES;
use crate::volumes::{CACHES_LABEL, Kept};

/// The markers of the reference CLI that say that `/etc` has been dealt with.
const ENVIRONMENT_MARKER: &str = ".patchEtcEnvironmentMarker";
const PROFILE_MARKER: &str = ".patchEtcProfileMarker";

/// Where containers find the bundle of this machine.
const CONTAINER_BUNDLE: &str = "/usr/local/share/devc/ca-bundle.crt";

/// The system's own bundle in Debian, Ubuntu, Alpine and Arch images.
const SYSTEM_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Where markers are kept unless told otherwise (reference CLI).
const SYSTEM_FOLDER: &str = "/var/devcontainer";

/// Where things go, as given on the command line.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    /// `--container-data-folder`: markers of hooks.
    pub data: Option<String>,
    /// `--container-system-data-folder`: markers of system changes.
    pub system: Option<String>,
}

/// A container that hooks can run in.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The user that they run as.
    pub user: RemoteUser,
    /// The folder of their markers.
    pub data_folder: String,
}

/// The variables that a container gets: where programs find certificates, and the proxies.
pub fn trust_environment(trust: &HostTrust) -> Vec<(String, String)> {
    let names = CA_VARIABLES.iter().filter(|_| !trust.extra.is_empty());
    let certificates = names.map(|name| ((*name).to_owned(), CONTAINER_BUNDLE.to_owned()));
    certificates.chain(trust.proxies.iter().cloned()).collect()
}

/// Prepares a running container once per start. Nothing is written when the record says that it has been done.
pub async fn prepare(
    engine: &Engine,
    container: &Container,
    user: &str,
    folders: &Folders,
    trust: Option<&HostTrust>,
    record: &mut ContainerRecord,
    events: &Events,
) -> Result<Prepared> {
    let user = RemoteUser::find(engine, container, user).await?;
    let data_folder = data_folder(&user, folders);
    if record.prepared_for.as_deref() != Some(&container.started_at) {
        let mut uploads = system_files(engine, container, folders).await?;
        if let Some(trust) = trust.filter(|trust| !trust.extra.is_empty()) {
            uploads.extend(trust_files(engine, container, trust).await?);
        }
        if engine.stat(&container.id, &data_folder).await?.is_none() {
            uploads.push(Upload { path: data_folder.clone(), content: None, mode: 0o755, owner: user.owner });
        }
        if !uploads.is_empty() {
            write(engine, container, &uploads, events).await?;
        }
        if let Some(kept) = container.labels.get(CACHES_LABEL).and_then(|label| Kept::of_label(label)) {
            let given = kept::give_all(engine, &container.id, &kept).await;
            or_told(given, "The remote user may not own all folders that are kept", events)?;
        }
        record.prepared_for = Some(container.started_at.clone());
    }
    Ok(Prepared { user, data_folder })
}

/// A container whose file system is read-only can be used all the same.
async fn write(engine: &Engine, container: &Container, files: &[Upload], events: &Events) -> Result<()> {
    let written = engine.upload(&container.id, files).await;
    or_told(written, "Could not write to /etc, nor certificates and markers, in the container", events)
}

/// Only tells what the engine could not do.
fn or_told(result: Result<()>, what: &str, events: &Events) -> Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::Engine => {
            events.notice(Level::Warning, format!("{what}: {}", error.reasons().join(": ")));
            Ok(())
        }
        result => result,
    }
}

/// What the markers inside the container hold, by hook name. The dotfiles' marker is empty in the reference CLI.
pub async fn read_markers(
    engine: &Engine,
    container: &Container,
    data_folder: &str,
) -> Result<BTreeMap<String, String>> {
    let hooks = Hook::IN_CONTAINER.iter().filter(|hook| hook.marker().is_some());
    let names = hooks.map(|hook| hook.name()).chain([DOTFILES]);
    let reads = names.map(|name| async move {
        let path = marker_path(data_folder, name);
        Ok((name.to_owned(), engine.read_file(&container.id, &path).await?))
    });
    let found: Vec<Result<(String, Option<String>)>> = join_all(reads).await;
    let found: Result<Vec<_>> = found.into_iter().collect();
    Ok(found?.into_iter().filter_map(|(name, text)| Some((name, text?.trim().to_owned()))).collect())
}

/// Where the marker of a hook (or of the dotfiles) is.
pub(super) fn marker_path(data_folder: &str, name: &str) -> String {
    format!("{data_folder}/.{name}Marker")
}

/// Where the markers of hooks are.
pub fn data_folder(user: &RemoteUser, folders: &Folders) -> String {
    match folders.data.as_deref() {
        None => format!("{}/.devcontainer", user.home.trim_end_matches('/')),
        Some(folder) => match folder.strip_prefix("~/") {
            Some(rest) => format!("{}/{rest}", user.home),
            None if folder.starts_with('/') => folder.to_owned(),
            None => format!("{}/{folder}", user.home),
        },
    }
}

/// `/etc/environment` and `/etc/profile`, once per container (reference CLI).
async fn system_files(engine: &Engine, container: &Container, folders: &Folders) -> Result<Vec<Upload>> {
    let folder = folders.system.as_deref().unwrap_or(SYSTEM_FOLDER);
    let (environment_marker, profile_marker) =
        (format!("{folder}/{ENVIRONMENT_MARKER}"), format!("{folder}/{PROFILE_MARKER}"));
    let mut uploads = Vec::new();
    if engine.stat(&container.id, &environment_marker).await?.is_none() {
        let old = engine.read_file(&container.id, "/etc/environment").await?.unwrap_or_default();
        uploads.push(Upload::system_file("/etc/environment", with_environment(&old, &container.environment)));
        uploads.push(Upload::system_file(environment_marker, ""));
    }
    if engine.stat(&container.id, &profile_marker).await?.is_none() {
        if let Some(old) = engine.read_file(&container.id, "/etc/profile").await? {
            uploads.push(Upload::system_file("/etc/profile", with_kept_path(&old)));
        }
        uploads.push(Upload::system_file(profile_marker, ""));
    }
    Ok(uploads)
}

/// Certificates for programs that look at a variable, for those that read the system's bundle, and for
/// `update-ca-certificates`, which would else drop them again.
async fn trust_files(engine: &Engine, container: &Container, trust: &HostTrust) -> Result<Vec<Upload>> {
    let mut uploads = vec![Upload::system_file(CONTAINER_BUNDLE, &trust.bundle)];
    for (number, pem) in trust.extra.iter().enumerate() {
        uploads.push(Upload::system_file(
            format!("/usr/local/share/ca-certificates/devc-host-{number}.crt"),
            pem,
        ));
    }
    match engine.read_file(&container.id, SYSTEM_BUNDLE).await? {
        Some(system) => {
            let missing: String =
                trust.extra.iter().filter(|pem| !system.contains(pem.as_str())).cloned().collect();
            if !missing.is_empty() {
                let text = format!("{}\n{missing}", system.trim_end());
                uploads.push(Upload::system_file(SYSTEM_BUNDLE, text));
            }
        }
        // apt and wget look nowhere else; the package ca-certificates makes it anew when it is installed.
        None => uploads.push(Upload::system_file(SYSTEM_BUNDLE, &trust.bundle)),
    }
    Ok(uploads)
}

/// Appends the container's variables, so that `cron`, `sshd` and `sudo` sessions see them too.
///
/// Two readers have to agree on a value: PAM, which knows quotes but no escapes, and shells that source the file.
/// A value that cannot be written for both is left out.
fn with_environment(old: &str, environment: &BTreeMap<String, String>) -> String {
    let mut text = old.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for (name, value) in environment {
        if value.contains(['\n', '\r']) {
            continue;
        }
        if !value.contains(['"', '$', '`', '\\']) {
            text.push_str(&format!("{name}=\"{value}\"\n"));
        } else if !value.contains('\'') {
            text.push_str(&format!("{name}='{value}'\n"));
        }
    }
    text
}

/// Makes each fixed `PATH=value` keep a PATH that is there already: the container's, which `/etc/profile` of most
/// images would replace in login shells.
fn with_kept_path(old: &str) -> String {
    let lines = old.split_inclusive('\n').map(|line| {
        let (body, end) = line.split_at(line.trim_end_matches('\n').len());
        match find_assignment(body) {
            Some(at) if !body[at..].contains('$') => {
                let (before, value) = body.split_at(at);
                format!("{before}${{PATH:-{value}}}{end}")
            }
            _ => line.to_owned(),
        }
    });
    lines.collect()
}

/// Where the value of `PATH=` begins, when that stands at the start of a word.
fn find_assignment(line: &str) -> Option<usize> {
    const NAME: &str = "PATH=";
    line.match_indices(NAME)
        .find(|(at, _)| line[..*at].chars().next_back().is_none_or(char::is_whitespace))
        .map(|(at, _)| at + NAME.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etc_environment_gets_values_that_pam_and_shells_read_alike() {
        let environment = [
            ("PLAIN", "a b"),
            ("DOLLAR", "cost $5"),
            ("QUOTE", "say \"hi\""),
            ("BOTH", "it's $x"),
            ("LINES", "a\nb"),
        ];
        let environment =
            environment.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        insta::assert_snapshot!(with_environment("OLD=1", &environment), @r#"
        OLD=1
        DOLLAR='cost $5'
        PLAIN="a b"
        QUOTE='say "hi"'
        "#);
    }

    #[test]
    fn a_fixed_path_in_the_profile_keeps_the_one_of_the_container() {
        let old =
            "if [ x ]; then\n  PATH=\"/usr/bin:/bin\"\nelse\n  PATH=$PATH:/x\nfi\nMYPATH=/a\nexport PATH";
        insta::assert_snapshot!(with_kept_path(old), @r#"
        if [ x ]; then
          PATH=${PATH:-"/usr/bin:/bin"}
        else
          PATH=$PATH:/x
        fi
        MYPATH=/a
        export PATH
        "#);
    }
}
