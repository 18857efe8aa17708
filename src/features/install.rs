//! The files with which a Feature is installed: its environment and the script around its own `install.sh`.
//!
//! They depend on nothing but the Feature, its options and the users, so that a build can tell by their content
//! whether it has to install the Feature again.

use super::metadata::FeatureMetadata;
use super::options;
use super::order::Planned;
use super::source::id_without_version;

/// The script that installs a Feature; its working folder must be the Feature's.
pub const SCRIPT_NAME: &str = "devcontainer-features-install.sh";

/// What a Feature learns about users, in the folder above the Feature's.
pub const BUILTIN_NAME: &str = "devcontainer-features.builtin.env";

/// The script that puts [`BUILTIN_NAME`] into the image.
pub const PREPARE_NAME: &str = "prepare-features.sh";

/// The script that installs Debian packages faster.
pub const FAST_APT_NAME: &str = "fast-apt.sh";

const FAST_DPKG_NAME: &str = "fast-dpkg.pl";

const SCRIPT: &str = include_str!("../../templates/install-feature.sh");
const PREPARE: &str = include_str!("../../templates/prepare-features.sh");
const FAST_APT: &str = include_str!("../../templates/fast-apt.sh");
const FAST_DPKG: &str = include_str!("../../templates/fast-dpkg.pl");

/// A file to write: its name and its text.
pub type TextFile = (String, String);

/// The files to put into the copy of a Feature's folder.
pub fn feature_files(planned: &Planned) -> Vec<TextFile> {
    let variables = options::variables(&planned.metadata, &planned.options);
    vec![
        (options::FILE_NAME.to_owned(), options::file_text(&variables)),
        (SCRIPT_NAME.to_owned(), script(&planned.id, &planned.metadata, &variables)),
    ]
}

/// The scripts that install Debian packages faster.
pub fn fast_apt_files() -> Vec<TextFile> {
    [(FAST_APT_NAME, FAST_APT), (FAST_DPKG_NAME, FAST_DPKG)]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into()
}

/// The files to put into the folder that all Features share.
pub fn shared_files(container_user: &str, remote_user: &str) -> Vec<TextFile> {
    let own = [
        (BUILTIN_NAME.to_owned(), builtin_text(container_user, remote_user)),
        (PREPARE_NAME.to_owned(), PREPARE.to_owned()),
    ];
    own.into_iter().chain(fast_apt_files()).collect()
}

/// Who the users are. The build adds their home folders, which only the image knows.
pub fn builtin_text(container_user: &str, remote_user: &str) -> String {
    format!("_CONTAINER_USER={}\n_REMOTE_USER={}\n", word(container_user), word(remote_user))
}

/// A word for the shell, quoted where need be.
fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.:@".contains(letter);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", in_single_quotes(text)) }
}

/// The script that installs the Feature `id`.
fn script(id: &str, metadata: &FeatureMetadata, variables: &[(String, String)]) -> String {
    // One value after the other, so that none is searched for the other's mark.
    let (before, rest) = SCRIPT.split_once("@FAILURE@").unwrap_or((SCRIPT, ""));
    let (between, after) = rest.split_once("@BANNER@").unwrap_or((rest, ""));
    let failure = in_single_quotes(&failure(id, metadata));
    format!("{before}{failure}{between}{}{after}", banner(id, metadata, variables))
}

fn failure(id: &str, metadata: &FeatureMetadata) -> String {
    let name = metadata.text("name").unwrap_or("Unknown");
    let hint = metadata.text("documentationURL").map_or_else(String::new, |address| {
        format!(" Look at the documentation at {address} for help troubleshooting this error.")
    });
    format!("ERROR: Feature \"{}\" ({}) failed to install!{hint}", one_line(name), banner_id(id))
}

fn banner(id: &str, metadata: &FeatureMetadata, variables: &[(String, String)]) -> String {
    let text = |name: &str| one_line(metadata.text(name).unwrap_or_default());
    let mut lines = warnings(metadata);
    lines.extend([
        format!("Feature       : {}", one_line(metadata.text("name").unwrap_or("Unknown"))),
        format!("Description   : {}", text("description")),
        format!("Id            : {}", banner_id(id)),
        format!("Version       : {}", text("version")),
        format!("Documentation : {}", text("documentationURL")),
        "Options       :".to_owned(),
    ]);
    lines.extend(variables.iter().map(|(name, value)| format!("    {name}=\"{}\"", one_line(value))));
    let trimmed = lines.iter().map(|line| line.trim_end());
    trimmed.collect::<Vec<_>>().join("\n")
}

fn warnings(metadata: &FeatureMetadata) -> Vec<String> {
    let deprecated = metadata.is_deprecated().then(|| {
        let id = one_line(metadata.id().unwrap_or_default());
        format!(
            "(!) WARNING: Using the deprecated Feature \"{id}\". This Feature will no longer receive any further \
             updates/support."
        )
    });
    let renamed = metadata.renamed_to().map(|name| {
        format!(
            "(!) WARNING: This feature has been renamed. Please update the reference in devcontainer.json to \"{}\".",
            one_line(name)
        )
    });
    deprecated.into_iter().chain(renamed).collect()
}

/// Local Features and archives have no id that means anything elsewhere.
fn banner_id(id: &str) -> String {
    id_without_version(id).unwrap_or_else(|| "Unknown".to_owned())
}

/// So that no text can end the banner.
fn one_line(text: &str) -> String {
    text.chars()
        .filter(|letter| *letter != '\0')
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

fn in_single_quotes(text: &str) -> String {
    text.replace('\'', r"'\''")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use serde_json::{Value, from_value, json};

    use super::*;
    use crate::features::order::RequestedBy;
    use crate::features::source::Source;

    fn planned(id: &str, metadata: Value, options: Value) -> Planned {
        Planned {
            id: id.to_owned(),
            source: Source::Local("/w/x".into()),
            options,
            by: RequestedBy::Configuration,
            metadata: FeatureMetadata::from_map(from_value(metadata).unwrap()),
            digest: None,
        }
    }

    /// Runs the real script in a real shell: its exit code and its output.
    fn installed(planned: &Planned, install: &str) -> (Option<i32>, String) {
        let folder = tempfile::tempdir().unwrap();
        let feature = folder.path().join("x_0");
        fs::create_dir(&feature).unwrap();
        fs::write(folder.path().join(BUILTIN_NAME), builtin_text("root", "dev user")).unwrap();
        fs::write(feature.join("install.sh"), install).unwrap();
        for (name, text) in feature_files(planned) {
            fs::write(feature.join(name), text).unwrap();
        }
        let output = Command::new("/bin/sh").arg(SCRIPT_NAME).current_dir(&feature).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn the_script_shows_a_banner_and_hands_the_options_over() {
        let metadata = json!({
            "id":"x","name":"It's `x`","version":"1.0.0","documentationURL":"https://x.org","description":"a\nDEVC_BANNER\nb"
        });
        let planned = planned("ghcr.io/a/x:1", metadata, json!({"greeting":"it's \"$HOME\""}));
        let (code, output) = installed(&planned, "#!/bin/sh\necho \"$GREETING for $_REMOTE_USER\"\n");
        assert_eq!(code, Some(0));
        insta::assert_snapshot!(output, @r#"
        ===========================================================================
        Feature       : It's `x`
        Description   : a DEVC_BANNER b
        Id            : ghcr.io/a/x
        Version       : 1.0.0
        Documentation : https://x.org
        Options       :
            GREETING="it's "$HOME""
        ===========================================================================
        it's "$HOME" for dev user
        "#);
    }

    #[test]
    fn a_failure_names_the_feature_and_keeps_the_exit_code() {
        let metadata = json!({"id":"old","name":"Isn't","currentId":"new","legacyIds":["old"],"deprecated":true,"documentationURL":"https://x.org"});
        let (code, output) = installed(&planned("./x", metadata, json!({})), "#!/bin/sh\nexit 7\n");
        assert_eq!(code, Some(7));
        insta::assert_snapshot!(output, @r#"
        ===========================================================================
        (!) WARNING: Using the deprecated Feature "old". This Feature will no longer receive any further updates/support.
        (!) WARNING: This feature has been renamed. Please update the reference in devcontainer.json to "new".
        Feature       : Isn't
        Description   :
        Id            : Unknown
        Version       :
        Documentation : https://x.org
        Options       :
        ===========================================================================
        ERROR: Feature "Isn't" (Unknown) failed to install! Look at the documentation at https://x.org for help troubleshooting this error.
        "#);
    }

    #[test]
    fn users_are_words_for_the_shell() {
        assert_eq!(builtin_text("root", "1000:1000"), "_CONTAINER_USER=root\n_REMOTE_USER=1000:1000\n");
        assert_eq!(builtin_text("", "it's"), "_CONTAINER_USER=\n_REMOTE_USER='it'\\''s'\n");
    }

    #[test]
    fn home_folders_are_looked_up() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        for (name, text) in shared_files("root", "0:0") {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let script = folder.path().join(PREPARE_NAME);
        let status =
            Command::new("/bin/sh").arg(script).args([folder.path(), target.as_path()]).status().unwrap();
        assert!(status.success());
        let text = fs::read_to_string(target.join(BUILTIN_NAME)).unwrap();
        assert!(text.contains("_CONTAINER_USER_HOME=/root\n_REMOTE_USER_HOME=/root\n"), "{text}");
    }
}
