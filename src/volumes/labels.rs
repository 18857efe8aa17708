//! What a volume of ours says about itself, and what it is called.

use std::collections::BTreeMap;

/// The version of what the labels mean; its being there makes a volume ours.
pub const VERSION_LABEL: &str = "devc.volume";
const VERSION: &str = "1";
const CACHE: &str = "devc.volume.cache";
const SCOPE: &str = "devc.volume.scope";
const PROJECT: &str = "devc.volume.project";
const FOLDER: &str = "devc.volume.folder";
const CREATED: &str = "devc.volume.created";
const PROTECTED: &str = "devc.volume.protected";

/// How much of the project's id stands in names.
const ID_LENGTH: usize = 10;

/// No more of a folder's or a cache's name stands in names, so that they stay short enough for every file system.
const LONGEST: usize = 60;

/// Who may use a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// One project.
    #[default]
    Project,
    /// All projects of a user of this machine.
    Shared,
}

impl Scope {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Shared => "shared",
        }
    }

    /// The scope with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Project, Self::Shared].into_iter().find(|scope| scope.name() == name)
    }
}

/// What the labels of a volume say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// The name of the cache.
    pub cache: String,
    /// Who may use it.
    pub scope: Scope,
    /// The id of its project (`${devcontainerId}`), unless it is shared.
    pub project: Option<String>,
    /// The folder of its project.
    pub folder: Option<String>,
    /// When it was made, as RFC 3339 has it.
    pub created: String,
    /// Whether it is left alone when volumes are emptied or removed.
    pub is_protected: bool,
}

impl Labels {
    /// Reads the labels of a volume; `None` when it is none of ours.
    pub fn read(labels: &BTreeMap<String, String>) -> Option<Self> {
        labels.get(VERSION_LABEL)?;
        let text = |name: &str| labels.get(name).cloned();
        Some(Self {
            cache: text(CACHE).unwrap_or_default(),
            scope: text(SCOPE).and_then(|name| Scope::from_name(&name)).unwrap_or_default(),
            project: text(PROJECT),
            folder: text(FOLDER),
            created: text(CREATED).unwrap_or_default(),
            is_protected: text(PROTECTED).as_deref() == Some("true"),
        })
    }

    /// The labels for a new volume.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        let pairs = [
            (VERSION_LABEL, Some(VERSION)),
            (CACHE, Some(self.cache.as_str())),
            (SCOPE, Some(self.scope.name())),
            (PROJECT, self.project.as_deref()),
            (FOLDER, self.folder.as_deref()),
            (CREATED, Some(self.created.as_str())),
            (PROTECTED, self.is_protected.then_some("true")),
        ];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        pairs.collect()
    }

    /// The label by which the volumes of a project are found.
    pub fn of_project(id: &str) -> String {
        format!("{PROJECT}={id}")
    }
}

/// `devc-<folder>-<id>-<cache>`.
pub(super) fn project_volume(folder: &str, id: &str, cache: &str) -> String {
    let id: String = id.chars().take(ID_LENGTH).collect();
    format!("devc-{}-{id}-{}", plain(folder), plain(cache))
}

/// `devc-user<id on this machine>-<cache>`, and `.uid<id in the container>` behind it where that is another one: no two
/// users write into the same volume.
pub(super) fn shared_volume(user: u32, owner: u64, cache: &str) -> String {
    let name = format!("devc-user{user}-{}", plain(cache));
    if u64::from(user) == owner { name } else { format!("{name}.uid{owner}") }
}

/// A text as part of a name: letters, digits, `_` and `-`, no dots. Texts that had to be changed get a hash, so that no
/// two become one.
fn plain(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let kept: String = text.chars().map(|c| if is_plain(c) { c } else { '-' }).take(LONGEST).collect();
    if kept == text { kept } else { format!("{kept}-{}", short_hash(text)) }
}

fn short_hash(text: &str) -> String {
    use sha2::{Digest, Sha256};
    crate::name::hex(&Sha256::digest(text)[..4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_and_never_meet() {
        assert_eq!(project_volume("shop", "06jak1t63th5o5co", "npm"), "devc-shop-06jak1t63t-npm");
        assert_eq!(shared_volume(1000, 1000, "npm"), "devc-user1000-npm");
        assert_eq!(shared_volume(1000, 0, "npm"), "devc-user1000-npm.uid0");
        let changed = project_volume("My Shop", "id", "web/node_modules");
        assert_eq!(changed, "devc-My-Shop-b14e7670-id-web-node_modules-5c1c5747");
        assert_ne!(plain("web/obj"), plain("web-obj"));
    }

    #[test]
    fn labels_say_again_what_they_were_made_of() {
        let labels = Labels {
            cache: "npm".into(),
            scope: Scope::Project,
            project: Some("id".into()),
            folder: Some("/home/dev/shop".into()),
            created: "2026-01-02T03:04:05Z".into(),
            is_protected: true,
        };
        assert_eq!(Labels::read(&labels.to_map()), Some(labels));
        assert_eq!(Labels::read(&BTreeMap::new()), None);
    }
}
