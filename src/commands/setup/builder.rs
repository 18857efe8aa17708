//! A builder in a container, with bounds on what it takes.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::SetupArgs;
use crate::build::Buildx;
use crate::commands::Context;
use crate::commands::options::buildx_places;
use crate::engine::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Level, Outcome, StepKind};
use crate::host::files;
use crate::setup::BuilderLimits;

/// What an earlier run has made, so that `--undo` removes that and nothing else.
#[derive(Deserialize, Serialize)]
struct Record {
    version: u32,
    builder: String,
}

const VERSION: u32 = 1;

/// A change to the builders.
pub(super) enum BuilderStep {
    /// Make one.
    Create {
        /// Its name.
        name: String,
        /// What it may take.
        limits: BuilderLimits,
    },
    /// Remove the one that we made.
    Remove {
        /// Its name.
        name: String,
    },
}

impl BuilderStep {
    /// The builder that was asked for; `None` when it is there, whoever made it.
    pub async fn to_do(args: &SetupArgs, context: &Context) -> Result<Option<Self>> {
        if args.no_builder || args.buildx(context)?.inspect_builder(Some(&args.builder)).await.is_ok() {
            return Ok(None);
        }
        let limits = BuilderLimits {
            parallel: args.max_parallelism as usize,
            cache_megabytes: args.cache_size.saturating_mul(1000),
        };
        Ok(Some(Self::Create { name: args.builder.clone(), limits }))
    }

    /// The builder that an earlier run made.
    pub fn to_undo(context: &Context) -> Result<Option<Self>> {
        let record = files::read_optional(&record_file(context))?;
        let record = record.and_then(|text| serde_json::from_str::<Record>(&text).ok());
        Ok(record
            .filter(|record| record.version == VERSION)
            .map(|record| Self::Remove { name: record.builder }))
    }

    /// What it does.
    pub fn sentence(&self) -> String {
        match self {
            Self::Create { name, limits } => format!(
                "Make a builder {name} that runs {} steps at once and keeps {} GB of cache.",
                limits.parallel,
                limits.cache_megabytes / 1000
            ),
            Self::Remove { name } => format!("Remove the builder {name} with its cache."),
        }
    }

    /// Does it, and returns whether it is done: a builder whose image cannot be fetched is told and left out, as all else
    /// works without.
    pub async fn carry_out(&self, args: &SetupArgs, context: &Context) -> Result<bool> {
        let buildx = args.buildx(context)?;
        match self {
            Self::Create { name, limits } => create(&buildx, name, *limits, args, context).await,
            Self::Remove { name } => {
                buildx.ask(&["rm", name]).await.map_err(|reason| {
                    Error::new(ErrorKind::Engine, format!("The builder {name} cannot be removed"))
                        .because(reason)
                })?;
                files::remove_file(&record_file(context))?;
                files::remove_file(&settings_file(context))?;
                Ok(true)
            }
        }
    }
}

async fn create(
    buildx: &Buildx,
    name: &str,
    limits: BuilderLimits,
    args: &SetupArgs,
    context: &Context,
) -> Result<bool> {
    let settings = settings_file(context);
    files::write_atomic(&settings, &limits.to_toml())?;
    let step = context.events.step(StepKind::Build, format!("Starting the builder {name}"));
    let config = settings.display().to_string();
    let image = args.builder_image.as_ref().map(|image| format!("image={image}"));
    let mut words = vec!["create", "--name", name, "--driver", "docker-container", "--config", &config];
    words.extend(image.iter().flat_map(|image| ["--driver-opt", image.as_str()]));
    words.push("--bootstrap");
    match buildx.ask(&words).await {
        Ok(_) => {
            step.finish(Outcome::Done);
            let record = Record { version: VERSION, builder: name.to_owned() };
            let record = serde_json::to_string(&record).map_err(|error| {
                Error::new(ErrorKind::Host, "The builder cannot be remembered").because(error)
            })?;
            files::write_atomic(&record_file(context), &record)?;
            Ok(true)
        }
        Err(reason) => {
            step.finish(Outcome::Failed("it does not start".to_owned()));
            // It exists all the same, and would fail every build that uses it.
            let _gone = buildx.ask(&["rm", name]).await;
            files::remove_file(&settings)?;
            context.events.notice(Level::Warning, without_builder(name, &reason));
            Ok(false)
        }
    }
}

fn without_builder(name: &str, reason: &str) -> String {
    let last = reason.lines().last().unwrap_or_default().trim_start_matches("ERROR: ");
    format!(
        "There is no builder {name}: it does not start ({last}). It runs in a container of the image moby/buildkit; where that \
         cannot be fetched, name a mirror with --builder-image. Builds go on with the engine's own builder."
    )
}

impl SetupArgs {
    fn buildx(&self, context: &Context) -> Result<Buildx> {
        let address = Endpoint::discover(&context.environment)?.address;
        Ok(Buildx::find(&buildx_places(&self.engine.docker_path, &address, context)))
    }
}

fn record_file(context: &Context) -> PathBuf {
    context.environment.state_dir.join("setup.json")
}

fn settings_file(context: &Context) -> PathBuf {
    let folder: &Path = &context.environment.state_dir;
    folder.join("buildkitd.toml")
}
