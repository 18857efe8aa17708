//! What can be settled, as data.

use std::fmt;

use serde_json::json;

use crate::config::Map;
use crate::editor::Editor;

/// Something that can be settled for a machine.
#[derive(Debug)]
pub struct Setting {
    /// What users write.
    pub name: &'static str,
    /// What it is about, as a phrase.
    pub about: &'static str,
    /// The variable that wins over the project and the file.
    pub variable: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What holds where nobody says anything.
    pub default: Option<Value>,
    /// What `customizations.devc` of a project says about it.
    pub(super) in_project: fn(&Map) -> Option<Value>,
}

/// What a setting may be.
#[derive(Debug)]
pub enum Kind {
    /// Yes or no.
    Flag,
    /// A number from one on.
    Count,
    /// An absolute path, or one that begins with `~/`.
    Path,
    /// An editor's name.
    Editor,
}

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A number from one on.
    Count(u32),
    /// A path or a name.
    Text(String),
}

/// What [`Setting::in_project`] says where projects have no say.
const NO_SAY: fn(&Map) -> Option<Value> = |_| None;

/// The editor that `devc open` opens.
pub static EDITOR: Setting = Setting {
    name: "editor",
    about: "the editor that dev containers are opened in",
    variable: "DEVC_EDITOR",
    kind: Kind::Editor,
    default: None,
    in_project: NO_SAY,
};

/// How many prebuild tasks run side by side.
pub static MAX_PARALLEL: Setting = Setting {
    name: "max-parallel",
    about: "how many prebuild tasks run side by side",
    variable: "DEVC_MAX_PARALLEL",
    kind: Kind::Count,
    default: None,
    in_project: |own| {
        let count = own.get("prebuild")?.get("maxParallel")?.as_u64()?;
        u32::try_from(count).ok().map(Value::Count)
    },
};

/// Where caches that are kept on this machine go.
pub static VOLUMES_FOLDER: Setting = Setting {
    name: "volumes-folder",
    about: "where caches of type \"host\" are kept on this machine",
    variable: "DEVC_VOLUMES_FOLDER",
    kind: Kind::Path,
    default: None,
    in_project: NO_SAY,
};

/// Certificates to trust.
pub static CA_FILE: Setting = Setting {
    name: "ca-file",
    about: "certificates (PEM) to trust beyond those of this machine",
    variable: "DEVC_CA_FILE",
    kind: Kind::Path,
    default: None,
    in_project: NO_SAY,
};

/// Whether builds are made faster than they are written.
pub static OPTIMIZE: Setting = Setting {
    name: "optimize",
    about: "whether builds get package caches and a faster dpkg",
    variable: "DEVC_OPTIMIZE",
    kind: Kind::Flag,
    default: Some(Value::Flag(true)),
    in_project: |own| own.get("optimize")?.as_bool().map(Value::Flag),
};

/// Whether caches outlive containers.
pub static CACHE_VOLUMES: Setting = Setting {
    name: "cache-volumes",
    about: "whether caches, editor servers and shell history outlive containers",
    variable: "DEVC_CACHE_VOLUMES",
    kind: Kind::Flag,
    default: Some(Value::Flag(true)),
    in_project: |own| Some(Value::Flag(own.get("volumes")? != &json!(false))),
};

/// All of them.
pub static SETTINGS: [&Setting; 6] =
    [&EDITOR, &MAX_PARALLEL, &VOLUMES_FOLDER, &CA_FILE, &OPTIMIZE, &CACHE_VOLUMES];

impl Setting {
    /// The setting of this name.
    pub fn from_name(name: &str) -> Option<&'static Self> {
        SETTINGS.into_iter().find(|setting| setting.name == name)
    }

    /// What a text means, as it is typed or stands in a variable.
    ///
    /// The error says what the setting must be.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        let value = match self.kind {
            Kind::Flag => match text {
                "true" | "yes" | "on" | "1" => Some(Value::Flag(true)),
                "false" | "no" | "off" | "0" => Some(Value::Flag(false)),
                _ => None,
            },
            Kind::Count => text.parse().ok().map(Value::Count),
            Kind::Path | Kind::Editor => Some(Value::Text(text.to_owned())),
        };
        value.filter(|value| self.allows(value)).ok_or_else(|| self.kind.requirement())
    }

    /// Whether it may be this.
    pub(super) fn allows(&self, value: &Value) -> bool {
        match (&self.kind, value) {
            (Kind::Flag, Value::Flag(_)) => true,
            (Kind::Count, Value::Count(count)) => *count > 0,
            (Kind::Path, Value::Text(path)) => path.starts_with('/') || path.starts_with("~/"),
            (Kind::Editor, Value::Text(name)) => Editor::from_name(name).is_some(),
            _ => false,
        }
    }
}

impl Kind {
    /// What a value must be, as the end of a sentence.
    pub(super) fn requirement(&self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Count => "a whole number, at least 1".to_owned(),
            Self::Path => "a path that begins with / or ~/".to_owned(),
            Self::Editor => {
                format!("one of {}", Editor::ALL.map(Editor::name).join(", "))
            }
        }
    }
}

impl Value {
    /// As JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Flag(flag) => json!(flag),
            Self::Count(count) => json!(count),
            Self::Text(text) => json!(text),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(formatter, "{flag}"),
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Text(text) => write!(formatter, "{text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_means_what_its_setting_can_be() {
        assert_eq!(OPTIMIZE.parse("off"), Ok(Value::Flag(false)));
        assert_eq!(MAX_PARALLEL.parse("4"), Ok(Value::Count(4)));
        assert_eq!(CA_FILE.parse("~/ca.pem"), Ok(Value::Text("~/ca.pem".into())));
        assert_eq!(MAX_PARALLEL.parse("0"), Err("a whole number, at least 1".into()));
        assert_eq!(VOLUMES_FOLDER.parse("here"), Err("a path that begins with / or ~/".into()));
        assert!(EDITOR.parse("emacs").unwrap_err().contains("nvim"));
    }

    #[test]
    fn every_default_is_allowed() {
        for setting in SETTINGS {
            assert!(setting.default.as_ref().is_none_or(|value| setting.allows(value)), "{}", setting.name);
            assert!(setting.variable.starts_with("DEVC_"));
        }
    }
}
