//! `customizations.devc.volumes`: what a project says about the folders that it keeps.

use serde_json::Value;

use super::{Offers, Scope};
use crate::config::{Map, bytes, customization};

/// What a project says. The default is to say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Who may use the caches, where a cache does not say; only those that can be shared are.
    pub scope: Option<Scope>,
    /// Whether there is anything that keeps folders also where no ecosystem is found.
    pub is_explicit: bool,
    caches: Vec<(String, Wish)>,
}

/// What is said about one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It is not kept.
    No,
    /// It is kept.
    Yes {
        /// Where it is, for folders that we do not know and for those that are elsewhere.
        target: Option<String>,
        /// Who may use it.
        scope: Option<Scope>,
        /// What it is kept on.
        medium: Medium,
        /// Whether `clean` and `prune` leave it alone.
        is_protected: bool,
    },
}

/// What a folder is kept on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Medium {
    /// A volume of the engine.
    #[default]
    Volume,
    /// A folder of this machine.
    Host,
    /// Memory, which forgets when the container stops; with the most that it may hold, in bytes.
    Memory(Option<u64>),
}

impl Wishes {
    /// Reads a checked configuration; `None` when nothing is to be kept.
    pub fn read(configuration: &Map) -> Option<Self> {
        let said = customization(configuration, "devc").and_then(|own| own.get("volumes"));
        match said {
            None => Some(Self::default()),
            Some(Value::Object(said)) => Some(Self::of(said)),
            Some(said) => (said == &Value::Bool(true)).then(|| Self { is_explicit: true, ..Self::default() }),
        }
    }

    fn of(said: &Map) -> Self {
        let caches = said.get("caches").and_then(Value::as_object).into_iter().flatten();
        Self {
            scope: scope(said.get("scope")),
            is_explicit: true,
            caches: caches.map(|(name, value)| (name.clone(), Wish::of(value))).collect(),
        }
    }

    /// What is said about a folder.
    pub fn about(&self, name: &str) -> Option<&Wish> {
        self.iter().find(|(own, _)| *own == name).map(|(_, wish)| wish)
    }

    /// The names that are wanted but neither offered nor explained.
    pub fn unknown_to<'a>(&'a self, offers: &'a Offers) -> impl Iterator<Item = &'a str> {
        let is_bare = |wish: &Wish| matches!(wish, Wish::Yes { target: None, .. });
        let unknown = self.iter().filter(move |(name, wish)| is_bare(wish) && offers.find(name).is_none());
        unknown.map(|(name, _)| name)
    }

    /// All that is said, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Wish)> {
        self.caches.iter().map(|(name, wish)| (name.as_str(), wish))
    }
}

impl Wish {
    fn of(value: &Value) -> Self {
        if value == &Value::Bool(false) {
            return Self::No;
        }
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        Self::Yes {
            target: text("target").map(str::to_owned),
            scope: scope(value.get("scope")),
            medium: match text("type") {
                Some("host") => Medium::Host,
                Some("tmpfs") => Medium::Memory(text("size").and_then(bytes::parse)),
                _ => Medium::Volume,
            },
            is_protected: value.get("protected").and_then(Value::as_bool).unwrap_or_default(),
        }
    }
}

fn scope(value: Option<&Value>) -> Option<Scope> {
    Scope::from_name(value?.as_str()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(volumes: &Value) -> Option<Wishes> {
        let configuration = json!({"customizations": {"devc": {"volumes": volumes}}});
        Wishes::read(configuration.as_object().unwrap())
    }

    #[test]
    fn false_means_nothing_and_silence_the_default() {
        assert_eq!(read(&json!(false)), None);
        assert_eq!(Wishes::read(&Map::new()), Some(Wishes::default()));
        assert!(read(&json!(true)).unwrap().is_explicit);
    }

    #[test]
    fn each_folder_may_have_wishes_of_its_own() {
        let wishes = read(&json!({
            "scope": "shared",
            "caches": {
                "npm": false,
                "pip": {"type": "tmpfs", "size": "2gb"},
                "models": {"target": "~/models", "type": "host", "scope": "project", "protected": true},
            },
        }))
        .unwrap();
        assert_eq!(wishes.scope, Some(Scope::Shared));
        assert_eq!(wishes.about("npm"), Some(&Wish::No));
        let pip = Wish::Yes {
            target: None,
            scope: None,
            medium: Medium::Memory(Some(2 << 30)),
            is_protected: false,
        };
        assert_eq!(wishes.about("pip"), Some(&pip));
        let models = Wish::Yes {
            target: Some("~/models".into()),
            scope: Some(Scope::Project),
            medium: Medium::Host,
            is_protected: true,
        };
        assert_eq!(wishes.about("models"), Some(&models));
        assert_eq!(wishes.about("uv"), None);
    }
}
