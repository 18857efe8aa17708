//! The Dockerfile for a repository: its stacks in, stages out. Pure.
//!
//! What is decided here goes as plain values into the texts below `templates/dockerfile`, one for each kind of
//! stage. The texts lay out and explain; they decide nothing but what to leave out when a list is empty.

mod text;

use serde::Serialize;

use crate::error::Result;
use crate::stack::{Stack, Tables};

/// Where the repository is in all images.
pub const WORK_FOLDER: &str = "/app";

/// What a team may choose.
#[derive(Clone, Debug)]
pub struct ImageOptions {
    /// One image like Debian for all stages, with tools from Debian's packages, instead of the official images.
    pub base: Option<String>,
    /// The name of the user that everything runs as.
    pub user: String,
}

impl Default for ImageOptions {
    fn default() -> Self {
        Self { base: None, user: "dev".to_owned() }
    }
}

/// A part of the file with a name that stays the same as long as its stack does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Such as `base` or `deps-web-npm`.
    pub id: String,
    /// Whole lines.
    pub text: String,
}

/// The file's parts in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections(pub Vec<Section>);

impl Sections {
    /// The whole Dockerfile.
    pub fn text(&self) -> String {
        self.0.iter().map(|section| section.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// An image from a registry, as an `ARG`.
#[derive(Debug, Serialize)]
struct PublicImage {
    argument: String,
    name: String,
}

/// What the first stage is made of.
#[derive(Debug, Serialize)]
struct Base<'a> {
    images: Vec<PublicImage>,
    user: &'a str,
    work_folder: &'a str,
}

/// Writes the Dockerfile for the stacks of a repository.
pub fn dockerfile(_tables: &Tables, _stacks: &[Stack<'_>], options: &ImageOptions) -> Result<Sections> {
    let name = options.base.clone().unwrap_or_else(|| "debian:bookworm-slim".to_owned());
    let images = vec![PublicImage { argument: "BASE_IMAGE".to_owned(), name }];
    let base = Base { images, user: &options.user, work_folder: WORK_FOLDER };
    let texts = text::Texts::new()?;
    Ok(Sections(vec![texts.section("images", "images", &base)?, texts.section("base", "base", &base)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_has_a_user() {
        let tables = Tables::embedded().unwrap();
        let options = ImageOptions { base: Some("registry.corp/debian:12".to_owned()), ..Default::default() };
        let sections = dockerfile(&tables, &[], &options).unwrap();
        insta::assert_snapshot!(sections.text());
    }
}
