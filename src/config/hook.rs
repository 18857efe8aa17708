//! Lifecycle hooks: which there are, what they run, and who asked for it.

use std::fmt;

use serde_json::Value;

use super::metadata::Entry;

/// A moment in the life of a development container at which commands can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hook {
    /// On the host, before anything else, on every `up`.
    Initialize,
    /// Once, when the container is new.
    OnCreate,
    /// Once, when the container is new, and again whenever it is prebuilt.
    UpdateContent,
    /// Once, when the container is given to its user.
    PostCreate,
    /// Each time the container has started.
    PostStart,
    /// Each time somebody attaches.
    PostAttach,
}

impl Hook {
    /// Those that run inside the container, in order.
    pub const IN_CONTAINER: [Self; 5] =
        [Self::OnCreate, Self::UpdateContent, Self::PostCreate, Self::PostStart, Self::PostAttach];

    /// The property that sets it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initialize => "initializeCommand",
            Self::OnCreate => "onCreateCommand",
            Self::UpdateContent => "updateContentCommand",
            Self::PostCreate => "postCreateCommand",
            Self::PostStart => "postStartCommand",
            Self::PostAttach => "postAttachCommand",
        }
    }

    /// The property of the merged configuration that lists its commands; none for the host's hook.
    pub fn merged_name(self) -> Option<&'static str> {
        match self {
            Self::Initialize => None,
            Self::OnCreate => Some("onCreateCommands"),
            Self::UpdateContent => Some("updateContentCommands"),
            Self::PostCreate => Some("postCreateCommands"),
            Self::PostStart => Some("postStartCommands"),
            Self::PostAttach => Some("postAttachCommands"),
        }
    }

    /// The file in the container that remembers that it ran; none for those that always run.
    pub fn marker(self) -> Option<&'static str> {
        match self {
            Self::OnCreate => Some(".onCreateCommandMarker"),
            Self::UpdateContent => Some(".updateContentCommandMarker"),
            Self::PostCreate => Some(".postCreateCommandMarker"),
            Self::PostStart => Some(".postStartCommandMarker"),
            Self::Initialize | Self::PostAttach => None,
        }
    }

    /// The hook with this property name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Initialize].into_iter().chain(Self::IN_CONTAINER).find(|hook| hook.name() == name)
    }
}

/// What a hook runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookCommand {
    /// A text for the shell.
    Shell(String),
    /// A program and its arguments, without a shell.
    Exec(Vec<String>),
    /// Named commands, side by side; in the order of the file.
    Parallel(Vec<(String, HookCommand)>),
}

impl HookCommand {
    /// Reads a hook's value. Blank texts, empty lists and everything else that runs nothing give `None`.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Object(entries) => {
                let entries: Vec<(String, Self)> = entries
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), Self::single(value)?)))
                    .collect();
                (!entries.is_empty()).then_some(Self::Parallel(entries))
            }
            other => Self::single(other),
        }
    }

    fn single(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => (!text.trim().is_empty()).then(|| Self::Shell(text.clone())),
            Value::Array(words) => {
                (!words.is_empty()).then(|| Self::Exec(words.iter().map(super::model::text).collect()))
            }
            _ => None,
        }
    }

    /// The program to start and its arguments; none for named commands, which are several.
    pub fn argv(&self) -> Option<Vec<String>> {
        match self {
            Self::Shell(text) => Some(shell(text)),
            Self::Exec(words) => Some(words.clone()),
            Self::Parallel(_) => None,
        }
    }
}

/// The program that runs a text for the shell, and its arguments.
pub fn shell(text: &str) -> Vec<String> {
    ["/bin/sh", "-c", text].map(str::to_owned).to_vec()
}

/// The text that [`shell`] made these words of.
pub fn shell_text(argv: &[String]) -> Option<&str> {
    match argv {
        [shell, flag, text] if shell == "/bin/sh" && flag == "-c" => Some(text),
        _ => None,
    }
}

/// The text that people know a command by.
pub fn command_text(argv: &[String]) -> String {
    shell_text(argv).map_or_else(|| argv.join(" "), str::to_owned)
}

/// Who asked for a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The project's devcontainer.json, or an image that was built from one.
    Config,
    /// The Feature with this id.
    Feature(String),
}

impl Origin {
    /// The origin of a metadata entry: those of Features carry an id.
    pub fn of(entry: &Entry) -> Self {
        match entry.get("id").and_then(Value::as_str) {
            Some(id) if !id.is_empty() => Self::Feature(id.to_owned()),
            _ => Self::Config,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config => formatter.write_str("devcontainer.json"),
            Self::Feature(id) => write!(formatter, "Feature '{id}'"),
        }
    }
}

/// What records call the commands of a hook: `postCreateCommand`, and of whom if that is a Feature.
pub fn record_name(hook: Hook, origin: &Origin) -> String {
    match origin {
        Origin::Config => hook.name().to_owned(),
        Origin::Feature(id) => format!("{} of {id}", hook.name()),
    }
}

/// What records call an entry of a hook in object form.
pub fn part_name(hook: &str, entry: &str) -> String {
    format!("{hook}/{entry}")
}

/// All commands of a hook with their origins, in the order in which they run.
pub fn hooks_of(entries: &[Entry], hook: Hook) -> Vec<(Origin, HookCommand)> {
    entries
        .iter()
        .filter_map(|entry| Some((Origin::of(entry), HookCommand::from_value(entry.get(hook.name())?)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, json};

    use super::*;

    fn check(value: Value, expected: &str) {
        let seen =
            HookCommand::from_value(&value).map_or("nothing".to_owned(), |command| format!("{command:?}"));
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_text_goes_to_the_shell_and_a_list_does_not() {
        check(json!("npm ci"), r#"Shell("npm ci")"#);
        check(json!(["npm", "ci"]), r#"Exec(["npm", "ci"])"#);
        check(json!(["sleep", 1]), r#"Exec(["sleep", "1"])"#);
    }

    #[test]
    fn an_object_runs_side_by_side_in_file_order() {
        check(
            json!({"z": "a b", "a": ["c"], "empty": "", "odd": {"x": "y"}}),
            r#"Parallel([("z", Shell("a b")), ("a", Exec(["c"]))])"#,
        );
    }

    #[test]
    fn blank_commands_are_none() {
        for value in
            [json!(""), json!("  \n"), json!([]), json!({}), json!({"a": ""}), json!(null), json!(true)]
        {
            check(value, "nothing");
        }
    }

    #[test]
    fn hooks_know_their_origin() {
        let entries: Vec<Entry> = from_str(
            r#"[{"postCreateCommand":"base"},{"id":"ghcr.io/a/b:1","postCreateCommand":"feature"},{"postCreateCommand":""},{"postStartCommand":"x"}]"#,
        )
        .unwrap();
        let seen: Vec<String> = hooks_of(&entries, Hook::PostCreate)
            .iter()
            .map(|(origin, command)| format!("{origin}: {command:?}"))
            .collect();
        assert_eq!(
            seen,
            [r#"devcontainer.json: Shell("base")"#, r#"Feature 'ghcr.io/a/b:1': Shell("feature")"#]
        );
    }

    #[test]
    fn names_can_be_looked_up() {
        for hook in Hook::IN_CONTAINER {
            assert_eq!(Hook::from_name(hook.name()), Some(hook));
        }
        assert_eq!(Hook::from_name("postCreate"), None);
    }
}
