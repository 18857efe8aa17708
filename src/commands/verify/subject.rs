//! What is verified: a Dockerfile, with the project that it belongs to.

use std::path::{Path, PathBuf};

use serde_json::{Map, json};

use super::VerifyArgs;
use crate::build::read_dockerfile;
use crate::commands::Context;
use crate::commands::compose::{ComposeProject, ComposeSite};
use crate::commands::gather::{self, CurrentFolder};
use crate::commands::options::OverrideArgs;
use crate::config::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::project::{DockerfileBuild, ImageBase, Project};
use crate::recipe::dockerfile::{self, DockerfileFacts, Variables};

/// A Dockerfile and what belongs to it.
pub(super) struct Subject {
    pub project: Project,
    pub build: DockerfileBuild,
    pub facts: DockerfileFacts,
}

impl Subject {
    /// Finds and reads it.
    pub async fn gather(args: &VerifyArgs, context: &Context) -> Result<Self> {
        let project = args.project(context)?;
        let build = args.dockerfile_build(&project, context).await?;
        let text = read_dockerfile(&build.dockerfile, "build.dockerfile")?;
        let variables =
            Variables { build_args: build.args.iter().cloned().collect(), ..Variables::default() };
        let facts = dockerfile::scan(&text, &variables, build.target.as_deref())?;
        Ok(Self { project, build, facts })
    }

    /// The image that the stages start from in the end; `None` for nothing.
    pub fn base_image(&self) -> Option<&str> {
        Some(self.facts.base_image().name.as_str()).filter(|name| !name.is_empty() && *name != "scratch")
    }
}

impl VerifyArgs {
    /// The project of devcontainer.json, or one that only consists of a Dockerfile.
    fn project(&self, context: &Context) -> Result<Project> {
        let environment = &context.environment;
        if let Some(dockerfile) = &self.dockerfile {
            let dockerfile = environment.absolute(dockerfile);
            let folder = self.context.as_ref().map(|folder| environment.absolute(folder));
            return gather::dockerfile_project(&self.written(&dockerfile, folder.as_deref()), context);
        }
        let named = self.workspace.workspace_folder.as_ref();
        let folder = named.map_or(environment.current_dir.clone(), |folder| environment.absolute(folder));
        let plain = folder.join("Dockerfile");
        let is_plain = self.workspace.config.is_none() && gather::configuration_in(&folder).is_none();
        if is_plain && plain.is_file() {
            return gather::dockerfile_project(&self.written(&plain, None), context);
        }
        let project =
            gather::project(&self.workspace, &OverrideArgs::default(), CurrentFolder::StandsIn, context)?;
        project.require_supported()?;
        Ok(project)
    }

    /// What a devcontainer.json would say about a Dockerfile alone.
    fn written(&self, dockerfile: &Path, folder: Option<&Path>) -> crate::config::Map {
        let beside = dockerfile.parent().unwrap_or(Path::new("/"));
        let mut build = Map::new();
        build.insert("dockerfile".to_owned(), json!(dockerfile));
        build.insert("context".to_owned(), json!(folder.unwrap_or(beside)));
        build.extend(self.target.as_ref().map(|target| ("target".to_owned(), json!(target))));
        Map::from_iter([("build".to_owned(), build.into())])
    }

    async fn dockerfile_build(&self, project: &Project, context: &Context) -> Result<DockerfileBuild> {
        match &project.config.kind {
            Kind::Dockerfile(build) => Ok(project.dockerfile_build(build)),
            Kind::Compose(_) => self.compose_build(project, context).await,
            _ => Err(nothing_to_verify(project.located().map(|located| located.content_path.clone()))),
        }
    }

    async fn compose_build(&self, project: &Project, context: &Context) -> Result<DockerfileBuild> {
        let nothing = || nothing_to_verify(project.located().map(|located| located.content_path.clone()));
        let engine = context.engine(&self.engine)?;
        let site = ComposeSite::of(project, context)?.ok_or_else(nothing)?;
        let compose = ComposeProject::load(site, &engine, &self.engine, None, context).await?;
        let name = project.image_name(&context.environment.current_dir);
        match compose.image_build(name, false, &context.events).await?.base {
            ImageBase::Dockerfile(build) => Ok(*build),
            ImageBase::Image(_) => Err(nothing()),
        }
    }
}

fn nothing_to_verify(config: Option<PathBuf>) -> Error {
    let what = config.map_or_else(|| "The configuration".to_owned(), |path| path.display().to_string());
    Error::new(ErrorKind::Usage, "There is no Dockerfile to verify")
        .because(format!("{what} names an image that somebody else has built"))
        .hint("Name a Dockerfile with --dockerfile.")
}
