//! Bringing up the services of a compose project.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::bring_up::Up;
use crate::commands::compose::{ComposeProject, ComposeSite, find_compose, settings_file};
use crate::compose::Invocation;
use crate::config::Kind;
use crate::engine::{Container, ContainerState, Removal, ServiceContainer};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Level, StepKind};
use crate::execute::{build_services, carry_out, run_compose};
use crate::host::{ContainerRecord, ServicesRecord, files};
use crate::name::ContainerId;
use crate::plan::compose::{Sibling, down, start_override};
use crate::plan::{self, ContainerDecision, ImageDecision, PlanLine};
use crate::project::ImageBuild;
use crate::project::compose::Recorded;

/// What is told and what an error says when services start.
const STARTING: (&str, &str) = ("Starting services", "start the services");

impl Up<'_> {
    pub(super) fn is_compose(&self) -> bool {
        matches!(self.project.config.kind, Kind::Compose(_))
    }

    /// The compose project, read by compose when it is first asked for.
    pub(super) async fn compose(&self) -> Result<&ComposeProject> {
        if let Some(compose) = self.compose.get() {
            return Ok(compose);
        }
        let site = ComposeSite::of(self.project, self.context)?;
        let site =
            site.ok_or_else(|| Error::new(ErrorKind::Config, "the configuration is not about compose"))?;
        let existing = self.recorded.as_ref();
        let loaded =
            ComposeProject::load(site, self.engine, &self.args.engine, existing, self.context).await?;
        Ok(self.compose.get_or_init(|| loaded))
    }

    /// The service's container where compose itself made it, so that it does not carry our labels. The reference CLI
    /// takes it as it is, too.
    pub(super) async fn adopt(&self) -> Result<Option<Container>> {
        let Some(container) = self.compose().await?.container(self.engine).await? else { return Ok(None) };
        if !container.labels.contains_key(plan::FINGERPRINT_LABEL) {
            let text = format!(
                "Container {} was not made from devcontainer.json and is used as it is. \
                 `devc up --rebuild=always` makes a new one with all settings.",
                container.name
            );
            self.context.events.notice(Level::Info, text);
        }
        Ok(Some(container))
    }

    /// Keeps, starts, creates or replaces the container of the service, and starts what else has to run.
    pub(super) async fn bring_up_service(
        &self,
        decision: &ContainerDecision,
        existing: Option<&Container>,
    ) -> Result<ContainerId> {
        let recorded = existing.and_then(|container| Recorded::from_labels(&container.labels));
        match (decision, recorded) {
            (ContainerDecision::Start(id), Some(recorded)) => {
                self.start_again(id, &recorded).await?;
                Ok(id.clone())
            }
            (ContainerDecision::Keep(id) | ContainerDecision::Unpause(id), Some(recorded)) => {
                carry_out(self.engine, decision, None, &self.context.events).await?;
                self.start_siblings(id, &recorded).await?;
                Ok(id.clone())
            }
            (ContainerDecision::Create, _) => self.make_service(None).await,
            (ContainerDecision::Replace { old, .. }, _) => self.make_service(Some(old)).await,
            // A container from before the configuration was about compose.
            _ => carry_out(self.engine, decision, None, &self.context.events).await,
        }
    }

    /// What the configuration and the last start want to run beside the dev container. Of a project that another tool has
    /// started compose knows, and is asked once; without compose, what is there was wanted.
    async fn wanted(&self, id: &ContainerId, siblings: &[ServiceContainer]) -> ServicesRecord {
        let state_dir = &self.context.environment.state_dir;
        let mut services = ContainerRecord::load(state_dir, id.as_str()).services;
        let is_all_up = siblings.iter().all(|sibling| sibling.is_running);
        if services.wanted.is_empty() && !is_all_up {
            services = match self.compose().await {
                Ok(compose) => self.remember(compose, id),
                Err(_) => services,
            };
        }
        if services.wanted.is_empty() {
            services.wanted.extend(siblings.iter().map(|sibling| sibling.service.clone()));
        }
        if let Kind::Compose(compose) = &self.project.config.kind {
            services.wanted.extend(compose.run_services.iter().flatten().cloned());
        }
        services
    }

    /// The services that should run beside the running container and do not. One question to the engine, no process.
    pub(super) async fn siblings_down(&self, id: &ContainerId, recorded: &Recorded) -> Result<Vec<String>> {
        let containers = self.engine.project_containers(&recorded.project).await?;
        let services = self.wanted(id, &containers).await;
        let siblings: Vec<Sibling<'_>> = containers
            .iter()
            .map(|container| Sibling { service: &container.service, is_running: container.is_running })
            .collect();
        let wanted = services.wanted.iter().map(String::as_str).filter(|name| *name != recorded.service);
        let jobs = services.jobs.iter().map(String::as_str).collect();
        Ok(down(wanted, &jobs, &siblings).into_iter().map(str::to_owned).collect())
    }

    async fn start_siblings(&self, id: &ContainerId, recorded: &Recorded) -> Result<()> {
        let down = self.siblings_down(id, recorded).await?;
        if down.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = down.iter().map(String::as_str).collect();
        self.start_recorded(recorded, &names).await
    }

    /// Starts a stopped container with what ran beside it.
    async fn start_again(&self, id: &ContainerId, recorded: &Recorded) -> Result<()> {
        let containers = self.engine.project_containers(&recorded.project).await?;
        let mut services = self.wanted(id, &containers).await.wanted;
        services.insert(recorded.service.clone());
        let names: Vec<&str> = services.iter().map(String::as_str).collect();
        self.start_recorded(recorded, &names).await
    }

    /// Starts services from the files that made them: containers that exist stay as they are. Where the files are gone,
    /// the engine starts what is there.
    async fn start_recorded(&self, recorded: &Recorded, names: &[&str]) -> Result<()> {
        let Some(invocation) = self.invocation_of(recorded) else {
            return self.start_without_files(recorded, names).await;
        };
        let compose = find_compose(self.engine, &self.args.engine, self.context).await?;
        let words = [&["up", "-d", "--no-recreate"], names].concat();
        run_compose(&compose, &invocation, &words, STARTING, &self.context.events).await
    }

    fn invocation_of(&self, recorded: &Recorded) -> Option<Invocation> {
        let files = &recorded.files.files;
        if files.is_empty() || !files.iter().all(|file| file.is_file()) {
            return None;
        }
        let own_folder = files.first().and_then(|file| file.parent());
        Some(Invocation {
            current_dir: self.current_dir(),
            project_directory: recorded.folder.clone().filter(|folder| own_folder != Some(folder)),
            files: recorded.files.clone(),
            project: Some(recorded.project.clone()),
        })
    }

    fn current_dir(&self) -> PathBuf {
        self.project.workspace_folder().unwrap_or(&self.context.environment.current_dir).to_owned()
    }

    async fn start_without_files(&self, recorded: &Recorded, names: &[&str]) -> Result<()> {
        let containers = self.engine.project_containers(&recorded.project).await?;
        // The dev container comes last, since it uses the others.
        let (own, others): (Vec<_>, Vec<_>) = containers
            .into_iter()
            .filter(|container| !container.is_running && names.contains(&container.service.as_str()))
            .partition(|container| container.service == recorded.service);
        let step = self.context.events.step(StepKind::Container, STARTING.0);
        for container in others.iter().chain(&own) {
            if let Err(error) = self.engine.start(&container.id).await {
                return step.conclude(Err(error));
            }
        }
        step.done();
        Ok(())
    }

    /// Builds what has to be built, writes the file with our settings, and lets compose make the containers.
    async fn make_service(&self, old: Option<&ContainerId>) -> Result<ContainerId> {
        let events = &self.context.events;
        let trust = self.args.trust.gather(self.context);
        let compose = self.compose().await?;
        let (builds, foreign) = compose.service_builds();
        compose.build_by_compose(&foreign, self.args.build_no_cache, events).await?;
        compose.pull_for_platform(self.engine, events).await?;
        let buildx = self.args.build.buildx(self.context, self.engine);
        let builder = self.builder(&buildx, trust.as_ref())?;
        let spec = build_services(&builder, &builds, self.prepare_spec(trust.as_ref())).await?;
        let own = compose.service_name();
        let settings = start_override(own, compose.service()?, &spec);
        for lost in &settings.lost {
            let text = format!("Docker Compose has no words for {lost}; the container does without.");
            self.context.events.notice(Level::Warning, text);
        }
        let path = settings_file(self.project, self.context);
        files::write_atomic(&path, &settings.text)?;
        let mut invocation = compose.invocation.clone();
        invocation.files.files.push(path);
        if let Err(error) = self.run_up(compose, &invocation, old.is_some()).await {
            self.discard_stillborn(compose).await;
            return Err(error.hint("See what a service wrote with `devc logs --service NAME`."));
        }
        let container = compose.container(self.engine).await?;
        let id = container.ok_or_else(|| Error::new(ErrorKind::NotFound, "Dev container not found."))?.id;
        if let Some(old) = old.filter(|old| **old != id) {
            self.engine.remove(old, Removal::ContainerOnly).await?;
        }
        self.remember(compose, &id);
        Ok(id)
    }

    /// Lets compose make the containers; `replaces` says that the service has one that has to go.
    async fn run_up(&self, compose: &ComposeProject, invocation: &Invocation, replaces: bool) -> Result<()> {
        let (events, running) = (&self.context.events, compose.running());
        let others = running.iter().any(|name| !compose.own_services().contains(name));
        if replaces {
            let words = ["up", "-d", "--force-recreate", compose.service_name()];
            let replacing = ("Replacing the container", "replace the container");
            run_compose(&compose.compose, invocation, &words, replacing, events).await?;
        }
        if replaces && !others {
            return Ok(());
        }
        let words: Vec<&str> = ["up", "-d"].into_iter().chain(running).collect();
        run_compose(&compose.compose, invocation, &words, STARTING, events).await
    }

    /// A container that never ran holds nothing, and would keep the settings of a start that has failed.
    async fn discard_stillborn(&self, compose: &ComposeProject) {
        let Ok(Some(container)) = compose.container(self.engine).await else { return };
        if container.state == ContainerState::Created {
            let _ = self.engine.remove(&container.id, Removal::WithAnonymousVolumes).await;
        }
    }

    fn remember(&self, compose: &ComposeProject, id: &ContainerId) -> ServicesRecord {
        let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
        let services = ServicesRecord { wanted: owned(compose.running()), jobs: owned(compose.model.jobs()) };
        let state_dir = &self.context.environment.state_dir;
        let mut record = ContainerRecord::load(state_dir, id.as_str());
        record.services = services.clone();
        record.save(state_dir, id.as_str());
        services
    }

    /// The image of the service: its own, the one that its `build` section makes, or one with Features on top.
    pub(super) async fn decide_service_image(&self) -> Result<ImageDecision> {
        let compose = self.compose().await?;
        match compose.own_build()? {
            (_, Some(Ok(build))) => Ok(ImageDecision::Build(build)),
            (image, _) if !self.features.is_empty() => {
                Ok(ImageDecision::Build(compose.build_on(image, self.image_stem())?))
            }
            (image, Some(Err(_))) => Ok(ImageDecision::Use { image }),
            (image, None) => {
                let is_local = self.engine.inspect_image(&image).await?.is_some();
                Ok(plan::decide_image(&image, is_local))
            }
        }
    }

    /// How names of images begin that are made for this container. Several configurations of one folder may each have a
    /// service of the same project.
    pub(super) fn image_stem(&self) -> String {
        let folder = self.project.image_name(&self.context.environment.current_dir);
        match &self.project.config.kind {
            Kind::Compose(compose) => {
                format!("{folder}-{}", compose.service.as_deref().unwrap_or_default().to_lowercase())
            }
            _ => folder,
        }
    }

    /// What would happen to other services.
    pub(super) async fn service_lines(
        &self,
        decision: &ContainerDecision,
        existing: Option<&Container>,
    ) -> Result<Vec<PlanLine>> {
        let line = |names: &[&str], cause: &str| PlanLine::new("start-services", names.join(", "), cause);
        if decision.makes_container() {
            let compose = self.compose().await?;
            let (builds, foreign) = compose.service_builds();
            let built = builds.iter().map(ImageBuild::name).chain(foreign.iter().map(|(name, _)| *name));
            let mut lines: Vec<PlanLine> = built
                .map(|name| {
                    PlanLine::new(
                        "build-image",
                        name,
                        "a service that runs beside the dev container has a \"build\" section",
                    )
                })
                .collect();
            let others: Vec<&str> =
                compose.running().into_iter().filter(|name| *name != compose.service_name()).collect();
            if !others.is_empty() {
                lines.push(line(
                    &others,
                    &format!("they run beside it in the compose project {}", compose.name),
                ));
            }
            return Ok(lines);
        }
        let recorded =
            existing.and_then(|container| Some((&container.id, Recorded::from_labels(&container.labels)?)));
        let Some((id, recorded)) = recorded else { return Ok(Vec::new()) };
        let down = self.siblings_down(id, &recorded).await?;
        let names: Vec<&str> = down.iter().map(String::as_str).collect();
        Ok(if names.is_empty() { Vec::new() } else { vec![line(&names, "they do not run")] })
    }
}
