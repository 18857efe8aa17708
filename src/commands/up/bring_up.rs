//! Bringing the dev container up, step by step.

use std::cell::OnceCell;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{RebuildArg, UpArgs};
use crate::commands::Context;
use crate::commands::compose::{ComposeProject, ComposeSite};
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::hooks::{self, HookRequest};
use crate::commands::session::{as_planned, hook_entries, reported_user, settings_of};
use crate::commands::tasks::TaskRequest;
use crate::commands::wanted_features::WantedFeatures;
use crate::config::metadata::{self, Entry};
use crate::config::{Kind, Settings};
use crate::engine::{Container, ContainerState, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::execute::{carry_out, run_initialize};
use crate::host::files;
use crate::name::ContainerId;
use crate::plan::{self, Change, ContainerDecision, ContainerOptions, HookOptions, Part, Rebuild};
use crate::project::Project;
use crate::project::compose::{PROJECT_LABEL, Recorded};
use crate::tasks::Declaration;

/// One run of `up`.
pub(super) struct Up<'a> {
    pub(super) args: &'a UpArgs,
    pub(super) context: &'a Context,
    pub(super) engine: &'a Engine,
    pub(super) project: &'a Project,
    /// The compose project that the container belongs to.
    pub(super) recorded: Option<Recorded>,
    /// The compose project of the configuration, once compose was asked.
    pub(super) compose: OnceCell<ComposeProject>,
    pub(super) features: &'a WantedFeatures,
}

impl Up<'_> {
    /// Brings it up; returns the container that runs, too.
    pub(super) async fn bring_up(&self, existing: Option<Container>) -> Result<(Container, Answer)> {
        let events = &self.context.events;
        if let Some(command) = &self.project.config.initialize_command {
            let folder = self.project.workspace_folder().unwrap_or(&self.context.environment.current_dir);
            run_initialize(command, folder, events).await?;
        }
        let existing = match existing {
            None if self.is_compose() => self.adopt().await?,
            existing => existing,
        };
        let changes = self.changes(existing.as_ref()).await?;
        let decision = self.decide(existing.as_ref(), &changes)?;
        if !decision.makes_container() && !changes.is_empty() {
            events.notice(Level::Warning, kept_despite(&changes));
        }
        let at = |error: Error| match &existing {
            Some(container) => error.in_container(container.id.as_str()),
            None => error,
        };
        let id = self.make_container(&decision, existing.as_ref()).await.map_err(at)?;
        let container = match existing {
            Some(container) if matches!(decision, ContainerDecision::Keep(_)) => container,
            _ => self.started(id.as_str()).await?,
        };
        let answer = match self.finish(&container).await {
            Ok(answer) => answer,
            Err(error) => return Err(self.explain(error, &container).await),
        };
        if !matches!(decision, ContainerDecision::Keep(_)) {
            // A command of the image that ends soon may have been running just after the start.
            self.started(id.as_str()).await?;
            events.notice(Level::Info, "The dev container is ready: `devc shell` opens a shell in it.");
        }
        Ok((container, answer))
    }

    async fn make_container(
        &self,
        decision: &ContainerDecision,
        existing: Option<&Container>,
    ) -> Result<ContainerId> {
        if self.is_compose() {
            return self.bring_up_service(decision, existing).await;
        }
        if !decision.makes_container() {
            return carry_out(self.engine, decision, None, &self.context.events).await;
        }
        let trust = self.args.trust.gather(self.context);
        let spec = self.prepare_spec(trust.as_ref()).await?;
        carry_out(self.engine, decision, Some(&spec), &self.context.events).await
    }

    pub(super) fn decide(
        &self,
        existing: Option<&Container>,
        changes: &[Change],
    ) -> Result<ContainerDecision> {
        let existing = existing.map(as_planned);
        let options = ContainerOptions {
            remove_existing: self.args.remove_existing_container,
            expect_existing: self.args.expect_existing_container,
            rebuild: match self.args.rebuild {
                RebuildArg::Auto => Rebuild::Auto,
                RebuildArg::Never => Rebuild::Never,
                RebuildArg::Always => Rebuild::Always,
            },
        };
        plan::decide(existing.as_ref(), changes, options)
    }

    /// How the configuration, or the image that it names, differs from what the container was made with.
    pub(super) async fn changes(&self, existing: Option<&Container>) -> Result<Vec<Change>> {
        let Some(container) = existing else { return Ok(Vec::new()) };
        let recorded = container.labels.get(plan::FINGERPRINT_LABEL).map(String::as_str);
        let entries = container.labels.get(metadata::LABEL).map(|label| metadata::read_label(label).entries);
        let last =
            entries.as_ref().and_then(|entries| entries.last()).filter(|entry| !entry.contains_key("id"));
        let written = self.project.written();
        let current = metadata::config_entry(written);
        let dockerfile = container.labels.get(plan::DOCKERFILE_LABEL).map(Path::new);
        let parts = self.parts(dockerfile)?;
        let mut changes = plan::changes(recorded, written, &parts, last, &current);
        if self.has_newer_image(container).await? {
            changes.push(Change { property: format!("the image {}", container.image) });
        }
        Ok(changes)
    }

    /// What shapes the container besides devcontainer.json. `service` is the Dockerfile of a compose service.
    pub(super) fn parts(&self, service: Option<&Path>) -> Result<Vec<Part>> {
        let dockerfile = match service {
            Some(path) => files::read_optional(path)?,
            None => gather::dockerfile_text(self.project)?,
        };
        let dockerfile = dockerfile.map(|text| Part::new("the Dockerfile", text));
        let site = ComposeSite::of(self.project, self.context)?;
        let compose_files = site.map(|site| site.parts()).unwrap_or_default();
        let own = dockerfile.into_iter().chain(compose_files).chain(self.features.parts()?);
        Ok(own.chain(self.kept_folders_part()).collect())
    }

    /// Whether the name of the container's image means another image by now. An image of ours with changed user ids has a
    /// name of its own and is not looked at.
    async fn has_newer_image(&self, container: &Container) -> Result<bool> {
        match &self.project.config.kind {
            Kind::Image(image) if *image == container.image => {
                let image = self.engine.inspect_image(image).await?;
                Ok(image.is_some_and(|image| image.id != container.image_id))
            }
            _ => Ok(false),
        }
    }

    /// The container after its start, which must still be running.
    async fn started(&self, id: &str) -> Result<Container> {
        let container = self.engine.inspect(id).await?;
        let container =
            container.ok_or_else(|| Error::new(ErrorKind::NotFound, "Dev container not found."))?;
        if container.state != ContainerState::Running {
            return Err(Error::new(
                ErrorKind::Engine,
                format!("the main process of the dev container {} has ended", container.id.short()),
            )
            .hint("See what it wrote with `devc logs`. With \"overrideCommand\": false the image's own command has to keep running.")
            .in_container(id));
        }
        Ok(container)
    }

    /// That the container has ended in the meantime says more than what could not be done in it then.
    async fn explain(&self, error: Error, container: &Container) -> Error {
        let ended = match error.kind() {
            ErrorKind::Engine => self.started(container.id.as_str()).await.err(),
            _ => None,
        };
        ended.unwrap_or(error).in_container(container.id.as_str())
    }

    /// Prepares the running container, runs what is left of the hooks, and makes the result.
    async fn finish(&self, container: &Container) -> Result<Answer> {
        let environment = Some(&container.environment);
        let settings = settings_of(self.project, container)?;
        let entries = hook_entries(self.project, container)?;
        self.hook_request(container, &settings, &entries).run(self.context).await?;
        self.prebuild(container, &settings).await?;
        let mut result = Map::new();
        result.insert("outcome".to_owned(), json!("success"));
        result.insert("containerId".to_owned(), json!(container.id.as_str()));
        if let Some(project) = container.labels.get(PROJECT_LABEL).filter(|_| self.is_compose()) {
            result.insert("composeProjectName".to_owned(), json!(project));
        }
        result.insert("remoteUser".to_owned(), json!(reported_user(&settings, container)));
        if let Some(folder) = &self.project.remote_workspace_folder {
            result.insert("remoteWorkspaceFolder".to_owned(), json!(folder));
        }
        if self.args.include_configuration {
            let printed = self.project.printed_configuration(environment)?;
            result.insert("configuration".to_owned(), Value::Object(printed));
        }
        if self.args.include_merged_configuration {
            result.insert("mergedConfiguration".to_owned(), Value::Object(settings.raw));
        }
        Ok(Answer::Json(Value::Object(result)))
    }

    /// Runs the tasks of a project that wants them after its hooks.
    async fn prebuild(&self, container: &Container, settings: &Settings) -> Result<()> {
        let declaration = Declaration::read(self.project.written()).filter(|declaration| declaration.on_up);
        let Some(declaration) = declaration.filter(|_| !self.args.skip_post_create) else { return Ok(()) };
        let request = TaskRequest {
            engine: self.engine,
            project: self.project,
            container,
            settings,
            environment: &self.args.environment,
            folders: &self.args.folders,
        };
        request.run_all(declaration, self.context).await
    }

    pub(super) fn hook_request<'b>(
        &'b self,
        container: &'b Container,
        settings: &'b Settings,
        entries: &'b [Entry],
    ) -> HookRequest<'b> {
        let options = HookOptions {
            skip_all: self.args.skip_post_create,
            ..hooks::options(&self.args.hooks, &self.args.dotfiles)
        };
        HookRequest {
            engine: self.engine,
            project: self.project,
            container,
            settings,
            entries,
            environment: &self.args.environment,
            folders: &self.args.folders,
            dotfiles: &self.args.dotfiles,
            options,
            trust: &self.args.trust,
        }
    }
}

/// What is told when the container is kept although it does not fit any more.
pub(super) fn kept_despite(changes: &[Change]) -> String {
    format!(
        "The container is kept although devcontainer.json has changed since it was made: {}. \
         `devc up --rebuild=auto` makes a new one. Hooks that have yet to run are those of the file as it is now.",
        plan::name_changes(changes)
    )
}
