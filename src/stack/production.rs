//! What production needs of a project, as the tables say it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a production image is made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Production {
    /// The public image that it starts from; `{version}` stands for the runtime's version.
    #[serde(default)]
    pub image: String,
    /// Debian packages that it needs on a plain Debian.
    #[serde(default)]
    pub apt: Vec<String>,
    /// Whether the source runs as it is, with the dependencies beside it.
    #[serde(default)]
    pub source: bool,
    /// Names in the source that production has no use for.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Folders that the program writes to while it runs.
    #[serde(default)]
    pub writes: Vec<String>,
    /// The command that gathers what the build made.
    pub collect: Option<String>,
    /// What is taken over of a build, from the folder on.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Variables of its build.
    #[serde(default)]
    pub build_environment: BTreeMap<String, String>,
    /// Variables of the image.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}
