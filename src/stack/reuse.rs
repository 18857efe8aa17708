//! How a cache outlives the build of a Dockerfile that knows nothing of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::install::Cache;

/// What is in a cache, which says whether an image can do without.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// What later steps or the program itself need.
    #[default]
    Content,
    /// Copies of what registries have, which are the same in each image.
    Downloads,
    /// What was built here too, which depends on all that the image had by then.
    Builds,
}

/// What can be done for a stage that an image gets nothing of but results.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetAside {
    /// The names of folders that results are in, and nothing that was fetched.
    pub results: Vec<String>,
    /// Copies of what registries have, where root's tools look for them.
    pub caches: Vec<Cache>,
}

/// Something that only the build can find out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// In the words of the shell.
    pub test: String,
    /// For people: `if ...`.
    pub meaning: String,
}

/// How the steps of somebody else's Dockerfile are given caches that are no part of the image.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reuse {
    /// The commands that fetch packages, as program and words; options may stand between them.
    pub commands: Vec<String>,
    /// Why such a command keeps its own cache, for those that have to.
    pub refusal: Option<String>,
    /// Where they can have caches all the same.
    pub set_aside: Option<SetAside>,
    /// Options of the commands that turn the cache off and mean nothing else.
    pub drops: Vec<String>,
    /// Variables that turn the cache on.
    pub variables: BTreeMap<String, String>,
    /// What a Dockerfile says that has plans of its own with the cache, besides naming its folder or variable.
    pub mentions: Vec<String>,
    /// Commands that do no more to a cache than to empty it.
    pub clears: Vec<String>,
    /// What it depends on whether the caches are used.
    pub condition: Option<Condition>,
    /// Those of them that only ask what there is.
    pub asks: Vec<String>,
    /// What makes the program keep its downloads in a cache that stands in a Dockerfile, where it would not by itself.
    pub keeps: String,
    /// Whether the commands run through the script that makes apt faster.
    pub through_fast_apt: bool,
}
