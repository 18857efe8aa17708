//! The folders that can be kept, as data.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::stack::{Cache, Sharing, Stack, Tables};

/// What is no ecosystem.
const OWN: [&str; 3] = [
    include_str!("tables/shells.toml"),
    include_str!("tables/editors.toml"),
    include_str!("tables/personal.toml"),
];

/// A folder that can be kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Offer {
    /// Its name, which users write.
    pub(super) name: String,
    /// Where it is: `~` is the home folder, `${workspace}` that of the project.
    pub(super) path: String,
    /// The variable that moves it.
    #[serde(default)]
    pub(super) variable: Option<String>,
    /// When it is kept without being asked for.
    #[serde(default)]
    pub(super) when: When,
    /// What it is on this machine, for folders that are handed in.
    #[serde(default)]
    pub(super) source: Option<String>,
    /// Variables that lead programs there.
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    /// Whether several projects may use it at the same time.
    #[serde(default)]
    pub(super) can_be_shared: bool,
}

/// When a folder is kept without being asked for.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum When {
    /// Only when it is asked for.
    #[default]
    Never,
    /// In every project that keeps something.
    Always,
    /// When `customizations` name this tool.
    Customizations(String),
    /// When the project uses the ecosystem: what says so.
    Used(String),
}

#[derive(Deserialize)]
struct OwnTable {
    folders: Vec<Offer>,
}

/// Everything that can be kept.
#[derive(Clone, Debug)]
pub struct Offers(Vec<Offer>);

impl Offers {
    /// The caches of all ecosystems, those of `stacks` with what shows them, and what these stacks write into the project.
    pub fn of(tables: &Tables, stacks: &[Stack<'_>]) -> Result<Self> {
        let mut offers: Vec<Offer> = stacks.iter().flat_map(of_stack).collect();
        offers.extend(stacks.iter().flat_map(outputs));
        let idle = tables.iter().flat_map(|table| &table.caches);
        offers.extend(idle.map(|cache| of_cache(cache, When::Never)));
        for text in OWN {
            offers.extend(own(text)?);
        }
        let mut known = Self(Vec::new());
        for offer in offers {
            if known.find(&offer.name).is_none() {
                known.0.push(offer);
            }
        }
        Ok(known)
    }

    /// The names, as users write them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|offer| offer.name.as_str())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Offer> {
        self.0.iter()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Offer> {
        self.iter().find(|offer| offer.name == name)
    }
}

fn own(text: &str) -> Result<Vec<Offer>> {
    let table: std::result::Result<OwnTable, _> = toml::from_str(text);
    table.map(|table| table.folders).map_err(|error| {
        Error::new(ErrorKind::Config, "a table of folders to keep cannot be read").because(error)
    })
}

/// The caches of a stack and of what is added to it.
fn of_stack(stack: &Stack<'_>) -> Vec<Offer> {
    let shown = stack.evidence.first().map(|found| (stack.table, found));
    let added = stack.additions.iter().map(|(table, found)| (*table, found));
    let tables = shown.into_iter().chain(added);
    let offers = tables.flat_map(|(table, found)| {
        let cause = format!("{} shows {}", found.file, table.name);
        table.caches.iter().map(move |cache| of_cache(cache, when_used(cache, &cause)))
    });
    offers.collect()
}

/// Folders of the system are the image's business unless somebody asks.
fn when_used(cache: &Cache, cause: &str) -> When {
    if cache.path.starts_with('~') { When::Used(cause.to_owned()) } else { When::Never }
}

fn of_cache(cache: &Cache, when: When) -> Offer {
    Offer {
        name: cache.name.clone(),
        path: cache.path.clone(),
        variable: cache.variable.clone(),
        when,
        source: None,
        environment: BTreeMap::new(),
        can_be_shared: cache.sharing == Sharing::Shared,
    }
}

/// What a stack writes into the project: `node_modules`, and `web/node_modules` in a folder. Patterns name no folder.
fn outputs(stack: &Stack<'_>) -> Vec<Offer> {
    let outputs = stack.table.outputs.dependencies.iter().chain(&stack.table.outputs.build);
    let folders = outputs.filter(|name| !name.contains('*'));
    let named = folders.map(|name| match stack.folder.as_str() {
        "" => name.clone(),
        folder => format!("{folder}/{name}"),
    });
    named
        .map(|name| Offer {
            path: format!("${{workspace}}/{name}"),
            name,
            variable: None,
            when: When::Never,
            source: None,
            environment: BTreeMap::new(),
            can_be_shared: false,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_ours_is_sound_and_names_a_folder_once() {
        let offers: Vec<Offer> = OWN.iter().flat_map(|text| own(text).unwrap()).collect();
        let mut names: Vec<&str> = offers.iter().map(|offer| offer.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), offers.len());
        assert!(offers.iter().all(|offer| offer.path.starts_with("~/")));
        assert!(offers.iter().all(|offer| offer.source.is_none() || offer.when == When::Never));
    }
}
