//! Images: pulled, or built from the user's Dockerfile with the metadata label on top.

use std::path::{Path, PathBuf};

use crate::build::{
    BuildOutcome, BuildRequest, Buildx, Dockerfile, Output, Secret, Summary, read_dockerfile,
};
use crate::config::metadata;
use crate::engine::{Engine, Image};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Events, Level, Outcome, Step, StepKind};
use crate::execute::FeatureSet;
use crate::execute::known_image::{KnownImage, ingredients};
use crate::execute::top::Top;
use crate::host::trust::HostTrust;
use crate::plan::ImageDecision;
use crate::project::{DockerfileBuild, ImageBase, ImageBuild, Project};
use crate::recipe::dockerfile::{self, BuildTrust, Delivery, DockerfileFacts, Trusted, Variables};
use crate::recipe::fast_apt;
use crate::recipe::features::FeatureRecipe;

/// What a build needs besides the project.
pub struct Builder<'a> {
    /// The engine that keeps the result.
    pub engine: &'a Engine,
    /// The program that builds.
    pub buildx: &'a Buildx,
    /// What the host's network needs; `None` to leave that away.
    pub trust: Option<&'a HostTrust>,
    /// Where it reports.
    pub events: &'a Events,
    /// What the command line says about the build.
    pub options: BuilderOptions,
}

/// What the command line says about a build.
#[derive(Clone, Debug, Default)]
pub struct BuilderOptions {
    /// Run every step again.
    pub no_cache: bool,
    /// Images to reuse steps from, before those of the configuration.
    pub cache_from: Vec<String>,
    /// Where to keep steps.
    pub cache_to: Option<String>,
    /// The platform, or several, separated by commas.
    pub platform: Option<String>,
    /// Where the image goes.
    pub output: Output,
    /// Files for steps that ask for them, besides those of `devc` itself.
    pub secrets: Vec<Secret>,
    /// Keys for steps that ask for them.
    pub ssh: Vec<String>,
    /// Labels for the image.
    pub labels: Vec<(String, String)>,
    /// Leave `remoteEnv` out of the metadata label.
    pub omit_remote_env: bool,
    /// Leave the `customizations` of Features out of the metadata label.
    pub omit_feature_customizations: bool,
    /// Build as it is written: without [`fast_apt`] and [`crate::recipe::caching`].
    pub no_optimize: bool,
    /// The state folder, where images that are known need no build.
    pub known_images: Option<PathBuf>,
}

/// Makes sure that the image is on the engine, and returns what it says about itself.
///
/// `features` are installed where the image has to be built.
pub async fn make_image(
    builder: &Builder<'_>,
    project: &Project,
    decision: &ImageDecision,
    features: &FeatureSet,
) -> Result<Image> {
    match decision {
        ImageDecision::Use { image } => builder.inspect(image).await,
        ImageDecision::Pull { image } => {
            builder.pull(image).await?;
            builder.inspect(image).await
        }
        ImageDecision::Build(build) => {
            builder.build(project, build, features).await?;
            builder.inspect(decision.image()).await
        }
    }
}

impl Builder<'_> {
    /// Builds an image: its base with Features, if there are some, and the metadata label on top.
    ///
    /// `project` says what devcontainer.json adds to the label and resolves its variables; the kind of its configuration
    /// makes no difference.
    pub async fn build(&self, project: &Project, build: &ImageBuild, features: &FeatureSet) -> Result<()> {
        let request = self.request_for(project, build, features).await?;
        self.run_unless_known(&request, build).await
    }

    /// What [`build`](Self::build) asks the builder for.
    pub async fn request_for(
        &self,
        project: &Project,
        build: &ImageBuild,
        features: &FeatureSet,
    ) -> Result<BuildRequest> {
        let request = match &build.base {
            ImageBase::Image(image) => self.on_image(project, build, image, features).await?,
            ImageBase::Dockerfile(dockerfile) => {
                self.on_dockerfile(project, build, dockerfile, features).await?
            }
        };
        Ok(BuildRequest { tags: build.tags.clone(), ..request })
    }

    /// Builds, unless the same image has been built before and is still here under its name.
    async fn run_unless_known(&self, request: &BuildRequest, build: &ImageBuild) -> Result<()> {
        let title = "Building image";
        let Some((state_dir, made_of)) = self.made_of(request, build).await? else {
            return self.run(request, title).await.map(drop);
        };
        let name = build.name();
        if let Some(image) = self.engine.inspect_image(name).await?
            && KnownImage::load(state_dir, name) == Some(KnownImage::new(&image.id, &made_of))
        {
            let step = self.events.step_with_detail(StepKind::Build, title, name.to_owned());
            step.finish(Outcome::Cached);
            return Ok(());
        }
        self.run(request, title).await?;
        KnownImage::new(&self.inspect(name).await?.id, &made_of).save(state_dir, name);
        Ok(())
    }

    /// What the image is made of, where that is remembered and can be told without the builder.
    async fn made_of(&self, request: &BuildRequest, build: &ImageBuild) -> Result<Option<(&Path, String)>> {
        let Some(state_dir) = &self.options.known_images else { return Ok(None) };
        let (ImageBase::Image(base), true) = (&build.base, self.options.secrets.is_empty()) else {
            return Ok(None);
        };
        let base = self.inspect(base).await?;
        Ok(ingredients(&base.id, request).map(|made_of| (state_dir.as_path(), made_of)))
    }

    async fn on_dockerfile(
        &self,
        project: &Project,
        build: &ImageBuild,
        from: &DockerfileBuild,
        features: &FeatureSet,
    ) -> Result<BuildRequest> {
        let text = read_dockerfile(&from.dockerfile, "build.dockerfile")?;
        let variables = Variables { build_args: from.args.iter().cloned().collect(), ..Variables::default() };
        let facts = dockerfile::scan(&text, &variables, from.target.as_deref())?;
        let base = self.base_image(&facts).await;
        let top = self
            .top(project, build, features, base.as_ref(), |base| facts.user(&base.environment, &base.user))?;
        let cached = self.cached(text, &facts, from).await?;
        let labelled = top.on_dockerfile(&cached.text, from.target.as_deref())?;
        let mut request = BuildRequest {
            context: Some(from.context.clone()),
            // What the configuration says wins over what the host has.
            args: [self.proxies(), from.args.clone()].concat(),
            cache_from: [self.options.cache_from.clone(), from.cache_from.clone()].concat(),
            options: from.options.clone(),
            // Without the cache the base image is looked up again too (reference CLI), where that can succeed.
            pull: self.options.no_cache && base.is_some_and(|base| base.is_from_registry),
            ..self.request_on_top(labelled.target.clone(), top)?
        };
        request.bring_caches(&cached)?;
        let text = self.trusting(labelled.text, &mut request).await?;
        request.dockerfile = Dockerfile::Text { text, original: Some(from.dockerfile.clone()) };
        Ok(request)
    }

    async fn on_image(
        &self,
        project: &Project,
        build: &ImageBuild,
        image: &str,
        features: &FeatureSet,
    ) -> Result<BuildRequest> {
        if self.engine.inspect_image(image).await?.is_none() {
            self.pull(image).await?;
        }
        let base = self.inspect(image).await?;
        let top = self.top(project, build, features, Some(&base), |base| base.user.clone())?;
        let labelled = top.on_image(image)?;
        let mut request =
            BuildRequest { args: self.proxies(), ..self.request_on_top(labelled.target.clone(), top)? };
        let text = self.trusting(labelled.text, &mut request).await?;
        request.dockerfile = Dockerfile::Text { text, original: None };
        Ok(request)
    }

    /// What is put on top of a base; `user_of` says as whom containers of it run.
    fn top(
        &self,
        project: &Project,
        build: &ImageBuild,
        features: &FeatureSet,
        base: Option<&Image>,
        user_of: impl FnOnce(&Image) -> String,
    ) -> Result<Top> {
        let label = base.and_then(|base| base.labels.get(metadata::LABEL)).map(String::as_str);
        let own = features.entries(!self.options.omit_feature_customizations);
        let entries = project.entries_for_new(label, &own, self.options.omit_remote_env);
        let image_user = user_of(base.unwrap_or(&Image::default()));
        let recipe = FeatureRecipe {
            layers: features.layers(),
            label: metadata::dockerfile_label(&entries),
            container_env: project.image_environment(),
            fast_apt: !self.options.no_optimize,
            image_user: if image_user.is_empty() { "root".to_owned() } else { image_user },
        };
        if features.is_empty() {
            return Ok(Top { recipe, content: Vec::new() });
        }
        let settings = project.settings(&project.substitute_entries(&entries, None)?, None)?;
        let default = build.user.clone().unwrap_or_else(|| recipe.image_user.clone());
        let container_user = settings.container_user.unwrap_or(default);
        let remote_user = settings.remote_user.unwrap_or_else(|| container_user.clone());
        let content = features.content(&container_user, &remote_user);
        Ok(Top { recipe, content })
    }

    fn request_on_top(&self, target: String, top: Top) -> Result<BuildRequest> {
        let has_fast_apt = top.recipe.fast_apt && !top.recipe.layers.is_empty();
        let mut request = BuildRequest {
            target: Some(target),
            names: top.names(),
            contexts: top.contexts(),
            ..self.request()
        };
        if has_fast_apt {
            request.bring_fast_apt_key()?;
            request.hidden.push(fast_apt::mounts());
        }
        Ok(request)
    }

    /// Builds what the request says, reporting under `title`.
    pub async fn run(&self, request: &BuildRequest, title: &str) -> Result<BuildOutcome> {
        let name = request.tags.first().map_or("", String::as_str);
        let step = self.events.step_with_detail(StepKind::Build, title, name.to_owned());
        match self.buildx.build(request, &step).await {
            Ok(outcome) => {
                let Summary { cached, total, .. } = outcome.summary;
                step.finish(if total > 0 && cached == total { Outcome::Cached } else { Outcome::Done });
                Ok(outcome)
            }
            Err(error) => step.conclude(Err(error)),
        }
    }

    /// A request with everything that the command line brings.
    pub(super) fn request(&self) -> BuildRequest {
        BuildRequest {
            no_cache: self.options.no_cache,
            cache_from: self.options.cache_from.clone(),
            cache_to: self.options.cache_to.clone(),
            inline_cache: self.options.cache_to.as_deref().is_none_or(|to| !to.contains("type=inline")),
            platform: self.options.platform.clone(),
            output: self.options.output.clone(),
            secrets: self.options.secrets.clone(),
            ssh: self.options.ssh.clone(),
            labels: self.options.labels.clone(),
            ..BuildRequest::default()
        }
    }

    /// Proxy variables are predefined build arguments: known to every step, kept in no image.
    pub(super) fn proxies(&self) -> Vec<(String, String)> {
        self.trust.map(|trust| trust.proxies.clone()).unwrap_or_default()
    }

    /// The Dockerfile whose steps trust what this machine trusts.
    pub(super) async fn trusting(&self, text: String, request: &mut BuildRequest) -> Result<String> {
        let Some(trust) = self.trust.filter(|trust| !trust.extra.is_empty()) else { return Ok(text) };
        let is_shared = !request.cache_from.is_empty() || request.cache_to.is_some();
        let delivery =
            match !is_shared && self.engine.facts().await.is_ok_and(|facts| facts.has_slow_secrets()) {
                true => Delivery::Context,
                false => Delivery::Secrets,
            };
        let trust = BuildTrust::new(&trust.bundle, delivery);
        match dockerfile::with_host_trust(&text, &trust)? {
            Trusted::Changed(text) => {
                request.bring_trust(&trust);
                Ok(text)
            }
            Trusted::NothingToRun => Ok(text),
            Trusted::LeftAlone(reason) => {
                self.events.notice(Level::Warning, reason);
                Ok(text)
            }
        }
    }

    /// The image that a Dockerfile starts from, fetched when it is not here: the build needs it anyhow. One that cannot be
    /// fetched counts as none; the build tells what is wrong.
    async fn base_image(&self, facts: &DockerfileFacts) -> Option<Image> {
        let name = &facts.base_image().name;
        if name == "scratch" || name.is_empty() {
            return None;
        }
        if self.engine.inspect_image(name).await.ok()?.is_none() {
            let step = self.events.step(StepKind::Pull, format!("Pulling image {name}"));
            let pulled = self.engine.pull(name, &step).await;
            end_quietly(step, pulled)?;
        }
        self.engine.inspect_image(name).await.ok()?
    }

    async fn pull(&self, image: &str) -> Result<()> {
        let step = self.events.step(StepKind::Pull, format!("Pulling image {image}"));
        let pulled = self.engine.pull(image, &step).await;
        step.conclude(pulled)
    }

    async fn inspect(&self, image: &str) -> Result<Image> {
        self.engine
            .inspect_image(image)
            .await?
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("image {image} is not on this engine")))
    }
}

fn end_quietly(step: Step, result: Result<()>) -> Option<()> {
    let ended = result.ok();
    step.finish(if ended.is_some() { Outcome::Done } else { Outcome::Cancelled });
    ended
}
