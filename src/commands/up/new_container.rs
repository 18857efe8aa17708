//! The image of a new container, and everything that the container is made with.

use super::bring_up::Up;
use super::{GpuAvailability, UpdateUid};
use crate::build::Buildx;
use crate::commands::compose::ComposeProject;
use crate::config::metadata::{self, Entry};
use crate::config::{Gpu, Kind, RequestedMount, Settings};
use crate::engine::Image;
use crate::error::Result;
use crate::event::Level;
use crate::execute::{Builder, BuilderOptions, FeatureSources, make_image, trust_environment, update_user};
use crate::features::Planned;
use crate::host::trust::HostTrust;
use crate::plan::{self, ContainerSpec, ImageDecision, OwnCommand, SpecInputs};
use crate::project::{ImageBase, ImageBuild};

/// Names and values, in order.
type Labels = Vec<(String, String)>;

impl Up<'_> {
    /// Pulls or builds the image, and describes the container that is made of it.
    pub(super) async fn prepare_spec(&self, trust: Option<&HostTrust>) -> Result<ContainerSpec> {
        let decision = self.decide_image().await?;
        let buildx = self.args.build.buildx(self.context, self.engine);
        let builder = self.builder(&buildx, trust)?;
        let features = self.features.load_to_install(self.context, &self.args.registry).await?;
        let image = make_image(&builder, self.project, &decision, &features).await?;
        self.features.keep(&features)?;
        let name = decision.image();
        let (entries, labels) = self.labels(&decision, &image)?;
        let settings = self.project.settings(&entries, None)?;
        let image_name = self.image_stem();
        let base = if name.starts_with(&image_name) { name } else { &image_name };
        let final_image = match self.user_to_update(&settings, &image) {
            Some(user) => {
                let ids = (self.context.environment.uid, self.context.environment.gid);
                update_user(&builder, (name, &image), &user, ids, format!("{base}-uid")).await?
            }
            None => name.to_owned(),
        };
        self.check_host(&settings).await?;
        let inputs = self.spec_inputs(final_image, &image, labels, trust, self.gpus(&settings).await?);
        let spec = plan::spec(&settings, inputs);
        let user = self.remote_user(&settings).unwrap_or_else(|| image.user.clone());
        self.with_kept_folders(spec, &user).await
    }

    fn spec_inputs(
        &self,
        image: String,
        facts: &Image,
        labels: Labels,
        trust: Option<&HostTrust>,
        gpus: bool,
    ) -> SpecInputs {
        let worktree = self.project.workspace().additional_mount.clone();
        let workspace_mounts = self.project.workspace_mount().into_iter().chain(worktree);
        let service = self.compose.get().and_then(|compose| compose.service().ok());
        let mut host_environment = trust.map(trust_environment).unwrap_or_default();
        if let Some(service) = service {
            // What the user's file sets wins over what this machine has, as everywhere.
            host_environment.retain(|(name, _)| !service.sets(name));
            return SpecInputs {
                image,
                own_command: plan::compose::own_command(service, &facts.entrypoint, &facts.command),
                labels,
                extra_mounts: self.args.mount.clone(),
                host_environment,
                gpus,
                ..SpecInputs::default()
            };
        }
        SpecInputs {
            image,
            own_command: OwnCommand {
                entrypoint: facts.entrypoint.clone(),
                command: facts.command.clone(),
                by_default: false,
            },
            labels,
            workspace_mounts: workspace_mounts.map(|text| RequestedMount::parse(&text)).collect(),
            extra_mounts: self.args.mount.clone(),
            host_environment,
            ports: self.project.config.app_ports.clone(),
            run_args: self.project.config.run_args.clone(),
            gpus,
        }
    }

    /// The resolved metadata entries for a new container, and its labels. A built image carries the metadata itself.
    fn labels(&self, decision: &ImageDecision, image: &Image) -> Result<(Vec<Entry>, Labels)> {
        let omit = self.args.omit_config_remote_env_from_metadata;
        let on_image = image.labels.get(metadata::LABEL).map(String::as_str);
        let is_built = matches!(decision, ImageDecision::Build(_));
        let written = match is_built {
            true => on_image.map(metadata::read_label).unwrap_or_default().entries,
            false => self.project.entries_for_new(on_image, &[], omit),
        };
        let mut labels: Labels =
            self.project.id_labels().iter().map(|label| (label.name.clone(), label.value.clone())).collect();
        let dockerfile = self.compose.get().and_then(ComposeProject::dockerfile);
        let fingerprint = plan::fingerprint(self.project.written(), &self.parts(dockerfile.as_deref())?);
        labels.push((plan::FINGERPRINT_LABEL.to_owned(), fingerprint));
        labels.extend(
            dockerfile.map(|path| (plan::DOCKERFILE_LABEL.to_owned(), path.to_string_lossy().into_owned())),
        );
        if !is_built {
            labels.push((metadata::LABEL.to_owned(), metadata::label_text(&written)));
        }
        Ok((self.project.substitute_entries(&written, None)?, labels))
    }

    /// The Features in their order, as far as metadata tells: for a plan, nothing more is fetched.
    pub(super) async fn feature_order(&self) -> Result<Vec<Planned>> {
        let registry = self.context.registry(&self.args.registry)?;
        let sources = FeatureSources { registry: &registry, events: &self.context.events };
        Ok(self.features.resolve(sources).await?.order)
    }

    pub(super) async fn decide_image(&self) -> Result<ImageDecision> {
        let tag = self.project.image_name(&self.context.environment.current_dir);
        match &self.project.config.kind {
            Kind::Image(image) if !self.features.is_empty() => {
                let base = ImageBase::Image(image.clone());
                Ok(ImageDecision::Build(ImageBuild::new(base, format!("{tag}-features"))))
            }
            Kind::Dockerfile(build) => {
                let base = ImageBase::Dockerfile(Box::new(self.project.dockerfile_build(build)));
                Ok(ImageDecision::Build(ImageBuild::new(base, tag)))
            }
            Kind::Image(image) => {
                Ok(plan::decide_image(image, self.engine.inspect_image(image).await?.is_some()))
            }
            Kind::Compose(_) => self.decide_service_image().await,
            Kind::None => self.project.require_supported().map(|()| unreachable!("refused above")),
        }
    }

    /// The user whose ids may have to change; `None` when that is not wanted.
    fn user_to_update(&self, settings: &Settings, image: &Image) -> Option<String> {
        let wanted = match (self.args.update_remote_user_uid_default, settings.update_remote_user_uid) {
            (UpdateUid::Never, _) | (_, Some(false)) => false,
            (_, Some(true)) => true,
            (default, None) => default == UpdateUid::On,
        };
        if !wanted || !cfg!(target_os = "linux") {
            return None;
        }
        let user = self.remote_user(settings).unwrap_or_else(|| image.user.clone());
        Some(user).filter(|user| !user.is_empty())
    }

    /// The remote user of a new container; `None` for the image's.
    fn remote_user(&self, settings: &Settings) -> Option<String> {
        let (before, after) = match self.compose.get() {
            Some(compose) => (None, compose.service().ok().and_then(|service| service.user.clone())),
            None => (user_of_run_args(&self.project.config.run_args), None),
        };
        let user = settings.remote_user.clone().or(before);
        user.or_else(|| settings.container_user.clone()).or(after)
    }

    async fn gpus(&self, settings: &Settings) -> Result<bool> {
        let required = match settings.host_requirements.gpu {
            Gpu::No => return Ok(false),
            Gpu::Optional => false,
            Gpu::Required { .. } => true,
        };
        let there = match self.args.gpu_availability {
            GpuAvailability::All => true,
            GpuAvailability::None => false,
            GpuAvailability::Detect => self.engine.has_gpu().await?,
        };
        if required && !there {
            self.context.events.notice(
                Level::Warning,
                "devcontainer.json asks for a GPU, but this engine has none to give. Use --gpu-availability=all if it does.",
            );
        }
        Ok(there)
    }

    /// Tells when the engine has less than `hostRequirements` ask for. Disk space is not known to the engine's API.
    async fn check_host(&self, settings: &Settings) -> Result<()> {
        let wanted = &settings.host_requirements;
        if wanted.cpus == 0 && wanted.memory == 0 {
            return Ok(());
        }
        let (cpus, memory) = self.engine.resources().await?;
        let mut short = Vec::new();
        if cpus < wanted.cpus {
            short.push(format!("{cpus} CPUs instead of {}", wanted.cpus));
        }
        if memory < wanted.memory {
            let size = crate::ui::words::bytes;
            short.push(format!("{} of memory instead of {}", size(memory), size(wanted.memory)));
        }
        if !short.is_empty() {
            let text =
                format!("The engine has {}, less than \"hostRequirements\" ask for.", short.join(" and "));
            self.context.events.notice(Level::Warning, text);
        }
        Ok(())
    }

    pub(super) fn builder<'b>(
        &'b self,
        buildx: &'b Buildx,
        trust: Option<&'b HostTrust>,
    ) -> Result<Builder<'b>> {
        let events = &self.context.events;
        Ok(Builder { engine: self.engine, buildx, trust, events, options: self.builder_options()? })
    }

    fn builder_options(&self) -> Result<BuilderOptions> {
        Ok(BuilderOptions {
            no_cache: self.args.build_no_cache,
            known_images: Some(self.context.environment.state_dir.clone()),
            omit_remote_env: self.args.omit_config_remote_env_from_metadata,
            ..self.args.build.builder_options(self.project, self.context)?
        })
    }
}

/// The user that `runArgs` ask for; the last one counts.
fn user_of_run_args(run_args: &[String]) -> Option<String> {
    let mut user = None;
    let mut words = run_args.iter();
    while let Some(word) = words.next() {
        if word == "-u" || word == "--user" {
            user = words.next().cloned().or(user);
        } else if let Some(value) = word.strip_prefix("-u=").or_else(|| word.strip_prefix("--user=")) {
            user = Some(value.to_owned());
        }
    }
    user
}
