//! The Dockerfile for a repository: its stacks in, stages out. Pure.
//!
//! What is decided here goes as plain values into the texts below `templates/dockerfile`, one for each kind of
//! stage. The texts lay out and explain; they decide nothing but what to leave out when a list is empty.

mod ground;
mod part;
mod production;
mod step;
mod text;
mod words;
mod writer;

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind, Result};
use crate::stack::{Stack, Tables};
use ground::{Ground, Images};
use part::Planner;
use production::Service;
use text::Texts;
use writer::{Project, Writer};

/// Where the repository is in all images.
pub const WORK_FOLDER: &str = "/app";

/// What a team may choose.
#[derive(Clone, Debug)]
pub struct ImageOptions {
    /// One image like Debian for all stages, with tools from Debian's packages, instead of the official images.
    pub base: Option<String>,
    /// The name of the user that everything runs as.
    pub user: String,
    /// Whether packages come from registries that want a login, though no file of the repository shows it.
    pub private_packages: bool,
}

impl Default for ImageOptions {
    fn default() -> Self {
        Self { base: None, user: "dev".to_owned(), private_packages: false }
    }
}

impl ImageOptions {
    /// The file with the login that the installs of a stack are given. BuildKit 0.13 to 0.15, as in Docker Engine 26, hashes all
    /// files of an image before a `RUN` with a secret (moby/buildkit#5251), so it is there only where it is of use.
    fn login<'s>(&self, stack: &'s Stack<'_>) -> Option<&'s str> {
        let wanted = self.private_packages || stack.facts.has_login;
        stack.table.install.login.as_deref().filter(|_| wanted)
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

/// Writes the Dockerfile for the stacks of a repository.
pub fn dockerfile(tables: &Tables, stacks: &[Stack<'_>], options: &ImageOptions) -> Result<Sections> {
    let stacks: Vec<&Stack<'_>> = stacks.iter().filter(|stack| matters(stack)).collect();
    if !stacks.iter().any(|stack| stack.table.runtime.is_some()) {
        return Err(Error::new(ErrorKind::NotFound, "nothing here says what an image should be made of")
            .hint("Run devc stack to see what counts."));
    }
    let mut images = Images::default();
    let mut ground = Ground::new(tables, &stacks, options, &mut images)?;
    let mut projects: Vec<Project<'_>> = Vec::new();
    let mut ids = BTreeSet::new();
    for stack in stacks.into_iter().filter(|stack| stack.table.runtime.is_some()) {
        let runtime = ground.runtime(tables, stack);
        let planner = Planner { stack, runtime: runtime.clone(), options };
        let part = planner.part(unique_id(stack, &mut ids));
        let service = Service::new(stack, runtime.as_ref(), &part, options, &mut images);
        projects.push(Project { stack, part, service });
    }
    let services = projects.iter_mut().filter_map(|project| project.service.as_mut());
    ground.share(&mut services.collect::<Vec<_>>());
    Writer { texts: Texts::new()?, sections: Vec::new(), options }.write(&images, &ground, &projects)
}

/// Whether a stack says anything about an image. That a Dockerfile installs packages says nothing: it may be ours.
fn matters(stack: &Stack<'_>) -> bool {
    stack.table.runtime.is_some() || !stack.facts.inputs.is_empty()
}

/// Folder and manager as part of a stage's name. Of folders that look the same that way, later ones get a number.
fn unique_id(stack: &Stack<'_>, taken: &mut BTreeSet<String>) -> String {
    let folder = stack.folder.to_ascii_lowercase();
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    let folder = folder.chars().map(plain).collect::<String>().trim_matches('-').to_owned();
    let name = &stack.table.name;
    let wanted = if folder.is_empty() { name.clone() } else { format!("{folder}-{name}") };
    let numbered = (2..).map(|number| format!("{wanted}-{number}"));
    let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
    let id = candidates.find(|candidate| !taken.contains(candidate)).unwrap_or(wanted);
    taken.insert(id.clone());
    id
}

#[cfg(test)]
mod tests;
