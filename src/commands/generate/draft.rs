//! The files as they would be, beside those that are there.

use std::path::Path;

use super::choices::Choices;
use super::project::Project;
use crate::error::{Error, ErrorKind, Result};
use crate::host::files;
use crate::recipe::docker_ignore::{self, Facts};
use crate::recipe::image::{Section, dockerfile};
use crate::recipe::regions::{self, Fate};
use crate::recipe::{compose_overlay, dev_configuration};
use crate::stack::{Stack, Tables};

const DOCKERFILE: &str = "Dockerfile";
const DOCKER_IGNORE: &str = ".dockerignore";

/// The files with sections. The Dockerfile is written last: where it is, a file that is missing was removed.
const FILES: [&str; 3] = [DOCKER_IGNORE, compose_overlay::FILE_NAME, DOCKERFILE];

/// What is there of the files.
pub(super) struct There(Vec<(&'static str, Option<String>)>);

/// What decides about the files.
pub(super) struct Request<'a> {
    pub(super) tables: &'a Tables,
    pub(super) stacks: &'a [Stack<'a>],
    pub(super) project: &'a Project,
    pub(super) there: &'a There,
    pub(super) choices: &'a Choices,
    pub(super) force: bool,
    /// Whether the folder has a devcontainer.json, wherever the specification lets it be.
    pub(super) has_configuration: bool,
}

/// A file as it would be.
pub(super) struct Draft {
    pub(super) path: &'static str,
    pub(super) state: State,
    /// What is there.
    pub(super) old: String,
    /// What would be there.
    pub(super) text: String,
    /// What happens to its sections.
    pub(super) fates: Vec<(String, Fate)>,
    /// What the Dockerfile copies and this file hides all the same, through somebody's own lines.
    pub(super) hidden: Vec<String>,
}

/// What there is to do about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is not there.
    New,
    /// It is there, and as it should be.
    Same,
    /// Some of its sections change.
    Changed,
    /// It is there, and it is not ours.
    Foreign,
    /// It was removed, and stays away.
    LeftOut,
}

impl There {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let read = |path: &'static str| Ok((path, files::read_optional(&folder.join(path))?));
        FILES.into_iter().map(read).collect::<Result<_>>().map(Self)
    }

    /// The texts of those that are there.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(_, text)| text.as_deref())
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == path)?.1.as_deref()
    }

    /// Whether files were generated here before.
    fn is_ours(&self) -> bool {
        self.text(DOCKERFILE).is_some_and(regions::is_marked)
    }
}

impl Draft {
    fn new(path: &'static str, state: State, old: &str, text: String) -> Self {
        Self { path, state, old: old.to_owned(), text, fates: Vec::new(), hidden: Vec::new() }
    }

    pub(super) fn is_written(&self) -> bool {
        matches!(self.state, State::New | State::Changed | State::Foreign)
    }

    /// Whether writing it takes away what somebody wrote.
    pub(super) fn replaces_own_words(&self) -> bool {
        self.state == State::Foreign || self.fates.iter().any(|(_, fate)| *fate == Fate::Replaced)
    }
}

/// All files, in the order in which they are to be written.
pub(super) fn all(request: &Request<'_>) -> Result<Vec<Draft>> {
    let options = request.choices.options();
    let Request { project, stacks, .. } = request;
    let made = dockerfile(request.tables, stacks, &options)?.0;
    let image = sectioned(DOCKERFILE, made, request)?;
    let mut ignore = sectioned(DOCKER_IGNORE, ignore_sections(&image.text, request)?, request)?;
    if ignore.state != State::LeftOut {
        ignore.hidden = docker_ignore::hidden_sources(&ignore.text, &image.text, &project.tree.files)?;
    }
    let overlay = compose_overlay::sections(&project.name, stacks, &options);
    let overlay = sectioned(compose_overlay::FILE_NAME, overlay, request)?;
    // One that was removed was removed on purpose.
    let configuration =
        (!request.has_configuration && (request.force || !request.there.is_ours())).then(|| {
            let dependencies = compose_overlay::dependency_folders(stacks);
            let text =
                dev_configuration::text(&project.name, project.compose_file(), &dependencies, &options);
            Draft::new(dev_configuration::FILE_NAME, State::New, "", text)
        });
    Ok([ignore, overlay].into_iter().chain(configuration).chain([image]).collect())
}

fn ignore_sections(dockerfile: &str, request: &Request<'_>) -> Result<Vec<Section>> {
    let project = request.project;
    docker_ignore::sections(&Facts {
        stacks: request.stacks,
        files: &project.tree.files,
        gitignores: &project.gitignores,
        without_login: &project.without_login(request.stacks),
        dockerfile,
    })
}

/// A file with sections: new, or brought into the one that is there.
fn sectioned(path: &'static str, sections: Vec<Section>, request: &Request<'_>) -> Result<Draft> {
    let about = regions::about(&request.choices.command(), &sections);
    let sections: Vec<Section> = std::iter::once(about).chain(sections).collect();
    let old = request.there.text(path);
    let state = match old {
        None if request.there.is_ours() && !request.force => State::LeftOut,
        None => State::New,
        Some(text) if regions::is_marked(text) => State::Changed,
        Some(_) => State::Foreign,
    };
    let base = old.filter(|_| state == State::Changed).unwrap_or_default();
    let merged = regions::merge(base, &sections, request.force).map_err(|error| {
        Error::new(ErrorKind::Config, format!("{path} cannot be brought up to date")).because(error)
    })?;
    let state = if old == Some(merged.text.as_str()) { State::Same } else { state };
    let draft = Draft::new(path, state, old.unwrap_or_default(), merged.text);
    Ok(Draft { fates: merged.fates, ..draft })
}
