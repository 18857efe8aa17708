//! How a development container is recognised, and the names that follow from where its workspace is.

use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::name::hex;
use crate::{Error, ErrorKind, Result};

/// The label that carries the absolute workspace folder.
pub const LOCAL_FOLDER: &str = "devcontainer.local_folder";
/// The label that carries the absolute path of the configuration.
pub const CONFIG_FILE: &str = "devcontainer.config_file";

/// One label by which a container is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdLabel {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl IdLabel {
    /// A label with this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// Reads `name=value`, the form of `--id-label`. The name ends at the first `=`; neither may be empty.
    pub fn parse(text: &str) -> Result<Self> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok(Self::new(name, value)),
            _ => Err(Error::new(ErrorKind::Usage, format!("`{text}` is no id label"))
                .hint("Write it as `<name>=<value>`.")),
        }
    }

    /// The label as `name=value`.
    pub fn to_text(&self) -> String {
        format!("{}={}", self.name, self.value)
    }
}

/// The labels that a container gets when no others are asked for.
pub fn default_labels(workspace: &Path, config: &Path) -> Vec<IdLabel> {
    vec![
        IdLabel::new(LOCAL_FOLDER, workspace.to_string_lossy()),
        IdLabel::new(CONFIG_FILE, config.to_string_lossy()),
    ]
}

/// `${devcontainerId}`: 52 digits of radix 32 that depend on nothing but the labels (spec).
pub fn devcontainer_id(labels: &[IdLabel]) -> String {
    let mut sorted: Vec<(&str, &str)> = Vec::new();
    for label in labels {
        // Of several with the same name the last one counts.
        sorted.retain(|(name, _)| *name != label.name);
        sorted.push((&label.name, &label.value));
    }
    // JavaScript sorts by UTF-16 code units.
    sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let object: Map<String, Value> =
        sorted.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    radix_32(&Sha256::digest(Value::Object(object).to_string()))
}

/// The bytes as one big number, padded to a whole number of 5-bit digits.
fn radix_32(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let width = (bytes.len() * 8).div_ceil(5);
    let padding = width * 5 - bytes.len() * 8;
    let bit = |index: usize| match index.checked_sub(padding) {
        Some(index) => usize::from(bytes[index / 8] >> (7 - index % 8) & 1),
        None => 0,
    };
    let digit = |place: usize| (0..5).fold(0, |digit, offset| digit << 1 | bit(place * 5 + offset));
    (0..width).map(|place| char::from(DIGITS[digit(place)])).collect()
}

/// The name of the image that is built for a workspace: `vsc-<folder>-<hash of its path>`, cleaned for docker.
pub fn image_name(workspace: &Path) -> String {
    let folder = workspace.file_name().unwrap_or_default().to_string_lossy();
    let hash = hex(&Sha256::digest(workspace.to_string_lossy().as_bytes()));
    sanitised(&format!("vsc-{folder}-{hash}"))
}

/// Makes a name acceptable to docker the way the reference CLI does: lower case, no foreign characters, and no
/// illegal runs of separators.
fn sanitised(name: &str) -> String {
    let lower = name.to_lowercase();
    let kept: Vec<char> =
        lower.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || is_separator(*c)).collect();
    let mut clean = String::with_capacity(kept.len());
    let mut rest = kept.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        match illegal_opening(rest) {
            // What stays of an illegal run is its opening without the character that made it illegal.
            Some(opening) => {
                clean.extend(&rest[..opening - 1]);
                rest = &rest[rest.iter().take_while(|c| is_separator(**c)).count()..];
            }
            None => {
                clean.push(*first);
                rest = tail;
            }
        }
    }
    clean
}

fn is_separator(character: char) -> bool {
    matches!(character, '.' | '_' | '-')
}

/// The length of the shortest illegal sequence of separators that `text` begins with. Docker allows single dots, one
/// or two underscores, and any number of hyphens, but no mixture.
fn illegal_opening(text: &[char]) -> Option<usize> {
    match text {
        ['.', '.' | '_' | '-', ..] | ['_', '.' | '-', ..] => Some(2),
        ['_', '_', '.' | '_' | '-', ..] => Some(3),
        ['-', ..] => {
            let hyphens = text.iter().take_while(|c| **c == '-').count();
            matches!(text.get(hyphens), Some('.' | '_')).then_some(hyphens + 1)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_id(labels: &[&str], expected: &str) {
        let labels: Vec<IdLabel> = labels.iter().map(|label| IdLabel::parse(label).unwrap()).collect();
        assert_eq!(devcontainer_id(&labels), expected);
    }

    #[test]
    fn the_id_follows_from_the_labels() {
        let folder = "devcontainer.local_folder=/home/dev/app";
        let config = "devcontainer.config_file=/home/dev/app/.devcontainer/devcontainer.json";
        let expected = "06jak1t63th5o5cossaef7l468f48s1skje843igi9758sgeud4q";
        check_id(&[folder, config], expected);
        check_id(&[config, folder], expected);
        check_id(&["devcontainer.local_folder=/other", config, folder], expected);
        check_id(&["a=b"], "1mqafr5h2iu6dhh3k1m4vtnuhml2uiec4s7bntt1v0f25ao63i1n");
    }

    #[test]
    fn default_labels_have_both_paths() {
        let labels = default_labels(Path::new("/w"), Path::new("/w/.devcontainer.json"));
        let texts: Vec<String> = labels.iter().map(IdLabel::to_text).collect();
        assert_eq!(texts, ["devcontainer.local_folder=/w", "devcontainer.config_file=/w/.devcontainer.json"]);
    }

    #[test]
    fn id_labels_need_a_name_and_a_value() {
        assert_eq!(IdLabel::parse("a=b=c").unwrap(), IdLabel::new("a", "b=c"));
        for text in ["", "a", "a=", "=b", "="] {
            assert_eq!(IdLabel::parse(text).unwrap_err().to_string(), format!("`{text}` is no id label"));
        }
    }

    #[test]
    fn the_image_is_named_after_folder_and_path() {
        let expected = "vsc-app-720d8948da0bcc78a2caee13f1ca58a1ffd37756430e9700be128c797528407b";
        assert_eq!(image_name(Path::new("/home/dev/app")), expected);
    }

    #[test]
    fn names_are_made_acceptable() {
        for (name, expected) in [
            ("vsc-My Proj!-h", "vsc-myproj-h"),
            ("vsc-a..b-h", "vsc-a.b-h"),
            ("vsc-a___b-h", "vsc-a__b-h"),
            ("vsc-a-.b-h", "vsc-a-b-h"),
            ("vsc-.hidden-h", "vsc-hidden-h"),
            ("vsc-a.-h", "vsc-a.h"),
            ("vsc-ünï-h", "vsc-n-h"),
            ("vsc---a-h", "vsc---a-h"),
        ] {
            assert_eq!(sanitised(name), expected, "{name}");
        }
    }
}
