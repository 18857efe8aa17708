//! An image to build, described without saying how that is done, and free of what kind of configuration asks for it.

use std::path::PathBuf;

use crate::error::Result;
use crate::recipe::dockerfile::{self, Variables};

/// An image to build: on its base come Features, if there are some, and the metadata label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageBuild {
    /// Names for the result.
    pub tags: Vec<String>,
    /// What it starts from.
    pub base: ImageBase,
    /// The user of its containers, where something other than the base says so: a compose service.
    pub user: Option<String>,
}

/// What an image starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageBase {
    /// Another image.
    Image(String),
    /// The user's Dockerfile.
    Dockerfile(Box<DockerfileBuild>),
}

/// The build of a Dockerfile, every path absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerfileBuild {
    /// The user's Dockerfile.
    pub dockerfile: PathBuf,
    /// The folder that is sent along.
    pub context: PathBuf,
    /// Build arguments in the order of the configuration.
    pub args: Vec<(String, String)>,
    /// The stage to build; `None` for the last.
    pub target: Option<String>,
    /// Images to reuse steps from.
    pub cache_from: Vec<String>,
    /// Words for the builder's command line, as written in `build.options`.
    pub options: Vec<String>,
}

impl DockerfileBuild {
    /// The name of the image that the Dockerfile with this text starts from; none for `scratch`.
    pub fn base_image(&self, text: &str) -> Result<Option<String>> {
        let variables = Variables { build_args: self.args.iter().cloned().collect(), ..Variables::default() };
        let facts = dockerfile::scan(text, &variables, self.target.as_deref())?;
        Ok(Some(facts.base_image().name.clone()).filter(|name| !name.is_empty() && name != "scratch"))
    }
}

impl ImageBuild {
    /// A build with one name and nothing special about its user.
    pub fn new(base: ImageBase, tag: impl Into<String>) -> Self {
        Self { tags: vec![tag.into()], base, user: None }
    }

    /// The first of its names.
    pub fn name(&self) -> &str {
        self.tags.first().map_or("", String::as_str)
    }
}
