//! `devc build`: the image of a dev container, with its metadata inside.

mod explain;

use clap::Args;
use serde_json::json;

use crate::build::Output;
use crate::commands::Context;
use crate::commands::compose::{ComposeProject, ComposeSite};
use crate::commands::context::Answer;
use crate::commands::gather::{self, CurrentFolder};
use crate::commands::options::{
    BuildOptionArgs, BuildSecretArgs, EngineArgs, FeatureArgs, LockfileArgs, OverrideArgs, RegistryArgs,
    TrustArgs, WorkspaceArgs, parse_pair,
};
use crate::commands::wanted_features::WantedFeatures;
use crate::config::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::{Builder, BuilderOptions};
use crate::project::{ImageBase, ImageBuild, Project};

const EXAMPLES: &str = "\
Examples:
  devc build
  devc build --image-name registry.example/team/app:dev --push
  devc build --image-name registry.example/team/app:dev --platform linux/amd64,linux/arm64 --push
  devc build --secret id=npmrc,src=$HOME/.npmrc --ssh default
  devc build --explain             what devc changes about the Dockerfile to build it faster, and why not more
  devc build --no-cache --label org.opencontainers.image.revision=$(git rev-parse HEAD)";

/// Arguments of `devc build`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct BuildArgs {
    /// Accepted for the reference CLI's sake, which ignores it too
    #[arg(hide = true)]
    path: Option<String>,
    /// Name of the image (repeatable) [default: vsc-FOLDER-HASH]
    #[arg(long, value_name = "NAME")]
    image_name: Vec<String>,
    /// Run every step again and look the base image up again
    #[arg(long)]
    no_cache: bool,
    /// Put a label on the image (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_label)]
    label: Vec<(String, String)>,
    /// Build for these platforms, such as linux/arm64,linux/amd64 (repeatable)
    #[arg(long, value_name = "PLATFORMS", value_delimiter = ',')]
    platform: Vec<String>,
    /// Send the image to the registry of its name instead of keeping it on the engine
    #[arg(long)]
    push: bool,
    /// Where the image goes, as `docker buildx build --output` takes it
    #[arg(long, value_name = "DESTINATION")]
    output: Option<String>,
    /// Build nothing: tell which commands of the Dockerfile get a cache, and why the others do not
    #[arg(long)]
    explain: bool,
    /// Print the explanation as JSON
    #[arg(long, requires = "explain")]
    json: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
    #[command(flatten)]
    build: BuildOptionArgs,
    #[command(flatten)]
    features: FeatureArgs,
    #[command(flatten)]
    lockfile: LockfileArgs,
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// Accepted for the reference CLI's sake
    #[arg(long, value_name = "PATH", hide = true)]
    user_data_folder: Option<std::path::PathBuf>,
    /// Accepted for the reference CLI's sake
    #[arg(long, hide = true)]
    skip_persisting_customizations_from_features: bool,
}

/// Builds, and tells the names of the image.
pub async fn run(args: &BuildArgs, context: &Context) -> Result<Answer> {
    let project =
        gather::project(&args.workspace, &OverrideArgs::default(), CurrentFolder::StandsIn, context)?;
    project.require_supported()?;
    if args.explain {
        return args.explain(&project, context).await;
    }
    let policy = args.lockfile.policy(&context.events);
    let wanted = WantedFeatures::gather(&project, &args.features, policy, context)?;
    gather::dockerfile_text(&project)?;
    let engine = context.engine(&args.engine)?;
    let buildx = args.build.buildx(context, &engine);
    let trust = args.trust.gather(context);
    let builder = Builder {
        engine: &engine,
        buildx: &buildx,
        trust: trust.as_ref(),
        events: &context.events,
        options: args.builder_options(&project, context)?,
    };
    let mut build = args.image_build(&project, context).await?;
    if !args.image_name.is_empty() {
        build.tags.clone_from(&args.image_name);
    }
    let features = wanted.load_to_install(context, &args.registry).await?;
    builder.build(&project, &build, &features).await?;
    wanted.keep(&features)?;
    // The reference CLI's form: a compose project has one image, unless names are given.
    let names = match project.config.kind {
        Kind::Compose(_) if args.image_name.is_empty() => json!(build.name()),
        _ => json!(build.tags),
    };
    Ok(Answer::Json(json!({"outcome": "success", "imageName": names})))
}

fn nothing_to_build() -> Error {
    Error::new(ErrorKind::Config, "No image information specified in devcontainer.json.")
}

/// `NAME=VALUE`, or a name alone for an empty value (docker).
fn parse_label(text: &str) -> std::result::Result<(String, String), String> {
    if text.contains('=') { parse_pair(text) } else { parse_pair(&format!("{text}=")) }
}

impl BuildArgs {
    /// What the build is given secretly.
    pub fn build_secrets(&self) -> &BuildSecretArgs {
        &self.build.secrets
    }

    /// Tells what a build would change about the Dockerfile.
    async fn explain(&self, project: &Project, context: &Context) -> Result<Answer> {
        let build = self.image_build(project, context).await?;
        let optimize = self.build.may_optimize(project, context);
        explain::explain(&build, optimize, &explain::Form { json: self.json, columns: context.columns })
    }

    /// What is built, under the reference CLI's name: an image that only got its metadata has its own suffix. Only what a
    /// compose project builds needs an engine.
    async fn image_build(&self, project: &Project, context: &Context) -> Result<ImageBuild> {
        let name = project.image_name(&context.environment.current_dir);
        match &project.config.kind {
            Kind::Dockerfile(build) => {
                let base = ImageBase::Dockerfile(Box::new(project.dockerfile_build(build)));
                Ok(ImageBuild::new(base, name))
            }
            Kind::Image(image) => {
                Ok(ImageBuild::new(ImageBase::Image(image.clone()), format!("{name}-features")))
            }
            Kind::Compose(_) => {
                let engine = context.engine(&self.engine)?;
                let site = ComposeSite::of(project, context)?.ok_or_else(nothing_to_build)?;
                let compose = ComposeProject::load(site, &engine, &self.engine, None, context).await?;
                compose.image_build(name, self.no_cache, &context.events).await
            }
            Kind::None => Err(nothing_to_build()),
        }
    }

    /// Where the image goes.
    fn output(&self) -> Result<Output> {
        match &self.output {
            Some(_) if self.push => {
                Err(Error::new(ErrorKind::Usage, "--push true cannot be used with --output.")
                    .hint("Use `--output type=registry` with further options in place of --push."))
            }
            None if self.push && self.image_name.is_empty() => {
                Err(Error::new(ErrorKind::Usage, "--push needs a name that says where the image goes")
                    .hint("Name the image and its registry: --image-name registry.example/team/app:dev."))
            }
            Some(output) => Ok(Output::Custom(output.clone())),
            None if self.push => Ok(Output::Push),
            None => Ok(Output::Load),
        }
    }

    fn builder_options(&self, project: &Project, context: &Context) -> Result<BuilderOptions> {
        Ok(BuilderOptions {
            no_cache: self.no_cache,
            platform: Some(self.platform.join(",")).filter(|platforms| !platforms.is_empty()),
            output: self.output()?,
            labels: self.label.clone(),
            omit_feature_customizations: self.skip_persisting_customizations_from_features,
            ..self.build.builder_options(project, context)?
        })
    }
}
