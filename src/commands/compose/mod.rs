//! From a configuration with `dockerComposeFile` to the compose project that it means.

mod site;

use std::collections::BTreeSet;
use std::path::PathBuf;

pub use site::ComposeSite;

use crate::build::read_dockerfile;
use crate::commands::Context;
use crate::commands::options::EngineArgs;
use crate::compose::{Compose, Invocation, Places};
use crate::engine::{Container, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Events, Level};
use crate::execute::run_compose;
use crate::project::compose::{self, Model, NameSources, Neighbour, NotUnderstood, Ours, Recorded, Service};
use crate::project::{ImageBase, ImageBuild, Project};

/// A compose project that compose has read.
pub struct ComposeProject {
    /// The program.
    pub compose: Compose,
    /// How it is called: the user's own files, under the project's name.
    pub invocation: Invocation,
    /// Its name.
    pub name: String,
    /// What is in it.
    pub model: Model,
    site: ComposeSite,
    profiles: Vec<String>,
}

/// The file with our settings: one per dev container. Compose writes its path on the container, so that a later `docker
/// compose` with the same files goes on with the same settings, and so does the reference CLI, which looks for this name.
pub fn settings_file(project: &Project, context: &Context) -> PathBuf {
    let name = format!("docker-compose.devcontainer.containerFeatures-{}.yml", project.id);
    context.environment.state_dir.join("compose").join(name)
}

/// The container of the configuration's service, whoever made it; none where that cannot be told.
pub async fn service_container(
    project: &Project,
    engine: &Engine,
    args: &EngineArgs,
    context: &Context,
) -> Option<Container> {
    let site = ComposeSite::of(project, context).ok()??;
    let compose = ComposeProject::load(site, engine, args, None, context).await.ok()?;
    compose.container(engine).await.ok()?
}

/// The image that the service of a configuration starts from, when it can be told without building.
pub async fn base_image(
    project: &Project,
    engine: &Engine,
    args: &EngineArgs,
    context: &Context,
) -> Result<Option<String>> {
    let Some(site) = ComposeSite::of(project, context)? else { return Ok(None) };
    let compose = ComposeProject::load(site, engine, args, None, context).await?;
    let (image, build) = compose.own_build()?;
    match build {
        None => Ok(Some(image)),
        Some(Ok(ImageBuild { base: ImageBase::Dockerfile(build), .. })) => {
            build.base_image(&read_dockerfile(&build.dockerfile, "build.dockerfile")?)
        }
        Some(_) => Ok(None),
    }
}

/// Another service of the compose project that a dev container belongs to.
pub async fn sibling(engine: &Engine, container: &Container, service: &str) -> Result<Container> {
    let recorded = Recorded::from_labels(&container.labels).ok_or_else(|| {
        let text = format!("the dev container {} belongs to no compose project", container.id.short());
        Error::new(ErrorKind::Usage, text).hint("Leave out --service.")
    })?;
    let containers = engine.project_containers(&recorded.project).await?;
    let found = containers.iter().find(|sibling| sibling.service == service);
    let missing = || {
        let there: BTreeSet<&str> = containers.iter().map(|sibling| sibling.service.as_str()).collect();
        let names: Vec<&str> = there.into_iter().collect();
        let text =
            format!("the compose project {} has no container of a service {service:?}", recorded.project);
        Error::new(ErrorKind::NotFound, text).hint(format!("Use one of: {}.", names.join(", ")))
    };
    let id = &found.ok_or_else(missing)?.id;
    engine.inspect(id.as_str()).await?.ok_or_else(missing)
}

/// Finds compose.
pub async fn find_compose(engine: &Engine, args: &EngineArgs, context: &Context) -> Result<Compose> {
    let environment = &context.environment;
    Compose::find(&Places {
        docker: PathBuf::from(engine.docker_path()),
        compose: args.docker_compose_path.clone().unwrap_or_else(|| "docker-compose".to_owned()).into(),
        docker_config: environment.get_non_empty("DOCKER_CONFIG").map(PathBuf::from),
        home: environment.home.clone(),
        engine: engine.endpoint().address.clone(),
    })
    .await
}

impl ComposeProject {
    /// Lets compose read the files, and settles the project's name: `existing`, if there is a container that has one.
    pub async fn load(
        site: ComposeSite,
        engine: &Engine,
        args: &EngineArgs,
        existing: Option<&Recorded>,
        context: &Context,
    ) -> Result<Self> {
        let compose = find_compose(engine, args, context).await?;
        let mut invocation = Invocation {
            current_dir: site.workspace.clone(),
            files: site.files.clone(),
            ..Invocation::default()
        };
        let mut model = compose.model(&invocation).await?;
        let name = match existing {
            Some(recorded) => recorded.project.clone(),
            None => settle_name(&site, &model, engine, context).await?,
        };
        invocation.project = Some(name.clone());
        let mentions_name = site.texts.iter().any(|text| text.contains("COMPOSE_PROJECT_NAME"));
        if mentions_name && model.name.as_deref() != Some(&name) {
            model = compose.model(&invocation).await?;
        }
        model.service(&site.service)?;
        let from_dotenv = || compose::variable_of(site.dotenv.as_deref()?, "COMPOSE_PROFILES");
        let profiles = context.environment.get_non_empty("COMPOSE_PROFILES").or_else(from_dotenv);
        let profiles = profiles.unwrap_or_default().split(',').map(str::to_owned).collect();
        Ok(Self { compose, invocation, name, model, site, profiles })
    }

    /// The name of the dev container's service.
    pub fn service_name(&self) -> &str {
        &self.site.service
    }

    /// The dev container's service.
    pub fn service(&self) -> Result<&Service> {
        self.model.service(&self.site.service)
    }

    /// The services that run, the dev container's own included.
    pub fn running(&self) -> BTreeSet<&str> {
        let profiles: Vec<&str> = self.profiles.iter().map(String::as_str).collect();
        let mut names = match &self.site.run_services {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => self.model.active(&profiles),
        };
        names.push(&self.site.service);
        self.model.with_dependencies(names)
    }

    /// The dev container's service and those on which it depends.
    pub fn own_services(&self) -> BTreeSet<&str> {
        self.model.with_dependencies([self.site.service.as_str()])
    }

    /// The name of the service's image, and its build if it has one.
    pub fn own_build(&self) -> Result<(String, Option<Result<ImageBuild, NotUnderstood>>)> {
        let service = self.service()?;
        let name = service.image_name(&self.name, &self.site.service);
        Ok((name.clone(), self.model.image_build(service, name)))
    }

    /// The Dockerfile of the service, if it is built from one.
    pub fn dockerfile(&self) -> Option<PathBuf> {
        match self.own_build().ok()?.1?.ok()?.base {
            ImageBase::Dockerfile(build) => Some(build.dockerfile),
            ImageBase::Image(_) => None,
        }
    }

    /// A build on the service's image.
    pub fn build_on(&self, image: String, name: String) -> Result<ImageBuild> {
        let user = self.service()?.user.clone();
        Ok(ImageBuild { tags: vec![name], base: ImageBase::Image(image), user })
    }

    /// What `devc build` builds; `name` is for what is built on an image.
    pub async fn image_build(&self, name: String, no_cache: bool, events: &Events) -> Result<ImageBuild> {
        match self.own_build()? {
            (_, Some(Ok(build))) => Ok(build),
            (image, Some(Err(reason))) => {
                self.build_by_compose(&[(&self.site.service, reason)], no_cache, events).await?;
                self.build_on(image, name)
            }
            (image, None) => self.build_on(image, name),
        }
    }

    /// The builds of other services that run, and the services whose `build` section only compose understands.
    pub fn service_builds(&self) -> (Vec<ImageBuild>, Vec<(&str, NotUnderstood)>) {
        let (mut builds, mut foreign) = (Vec::new(), Vec::new());
        for name in self.running() {
            let Some(service) = self.model.services.get(name) else { continue };
            match self.model.image_build(service, service.image_name(&self.name, name)) {
                Some(Err(reason)) => foreign.push((name, reason)),
                Some(Ok(build)) if name != self.site.service => builds.push(build),
                _ => {}
            }
        }
        (builds, foreign)
    }

    /// Lets compose build what only compose understands.
    pub async fn build_by_compose(
        &self,
        services: &[(&str, NotUnderstood)],
        no_cache: bool,
        events: &Events,
    ) -> Result<()> {
        for (name, NotUnderstood(what)) in services {
            let text = format!(
                "Docker Compose builds the image of {name}: devc does not know {what} of its \"build\" section. \
                 The build does not learn of this machine's certificates."
            );
            events.notice(Level::Warning, text);
            let flags: &[&str] = if no_cache { &["--no-cache"] } else { &[] };
            let words = [&["build"], flags, &[name]].concat();
            let building = ("Building image", "build the image");
            run_compose(&self.compose, &self.invocation, &words, building, events).await?;
        }
        Ok(())
    }

    /// Fetches the service's image where it has to be of another platform than this machine's, which compose knows how to ask
    /// for.
    pub async fn pull_for_platform(&self, engine: &Engine, events: &Events) -> Result<()> {
        let service = self.service()?;
        let image = service.image_name(&self.name, &self.site.service);
        if service.platform.is_none() || service.build.is_some() {
            return Ok(());
        }
        if engine.inspect_image(&image).await?.is_some() {
            return Ok(());
        }
        let pulling = ("Pulling image", "pull the image");
        run_compose(&self.compose, &self.invocation, &["pull", &self.site.service], pulling, events).await
    }

    /// The container of the service, whoever made it.
    pub async fn container(&self, engine: &Engine) -> Result<Option<Container>> {
        let containers = engine.project_containers(&self.name).await?;
        match containers.into_iter().find(|container| container.service == self.site.service) {
            Some(found) => engine.inspect(found.id.as_str()).await,
            None => Ok(None),
        }
    }
}

/// The reference CLI's name, unless labels show that a project of that name belongs to another folder.
async fn settle_name(
    site: &ComposeSite,
    model: &Model,
    engine: &Engine,
    context: &Context,
) -> Result<String> {
    let folder = site.folder();
    let name = compose::project_name(&NameSources {
        variable: context.environment.get("COMPOSE_PROJECT_NAME"),
        dotenv: site.dotenv.as_deref(),
        model: model.name.as_deref(),
        texts: &site.texts,
        folder: &folder,
        workspace: &site.workspace,
    });
    let own = compose::with_suffix(&name, &site.workspace);
    // Where this folder once had to take another name, its data is under that name.
    if !engine.project_volumes(&own).await?.is_empty() {
        return Ok(own);
    }
    let containers = engine.project_containers(&name).await?;
    let neighbours = containers.iter().map(|container| Neighbour {
        local_folder: container.local_folder.as_deref(),
        working_dir: container.working_dir.as_deref(),
    });
    let ours = Ours { workspace: &site.workspace, folder: &folder };
    let Some(owner) = compose::owner_elsewhere(neighbours, ours) else { return Ok(name) };
    let text = format!("The compose project {name} belongs to {owner}, so this one is called {own}.");
    context.events.notice(Level::Info, text);
    Ok(own)
}
