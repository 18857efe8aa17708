//! `devc upgrade`: the newest Features that devcontainer.json allows.

use std::path::Path;

use clap::Args;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::{ConfigurationArgs, RegistryArgs};
use crate::config::diagnostic::SourceFile;
use crate::config::{Map, jsonc};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::execute::{FeatureSources, Lock, LockPolicy};
use crate::features::order::Request;
use crate::features::{Lockfile, outdated, requested};
use crate::host::files;
use crate::project::Project;

const EXAMPLES: &str = "\
Examples:
  devc upgrade                                     write devcontainer-lock.json anew
  devc upgrade --dry-run                           print it, and change nothing
  devc upgrade --feature ghcr.io/devcontainers/features/go --target-version 1.3

`devc outdated` shows what there is. `devc up` keeps a container that is there: `devc up --rebuild=auto` brings the new
versions into it.";

/// Arguments of `devc upgrade`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct UpgradeArgs {
    /// Print the lockfile instead of writing it, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Ask for another version of this Feature in devcontainer.json; everything else in the file stays
    #[arg(short, long, value_name = "ID", requires = "target_version")]
    feature: Option<String>,
    /// The version to ask for: x, x.y or x.y.z
    #[arg(short = 'v', long, value_name = "VERSION", requires = "feature", value_parser = parse_version)]
    target_version: Option<String>,
    /// Accepted for the reference CLI's sake: no engine is needed
    #[arg(long, value_name = "PATH", hide = true)]
    docker_path: Option<String>,
    /// Accepted for the reference CLI's sake
    #[arg(long, value_name = "PATH", hide = true)]
    docker_compose_path: Option<String>,
    #[command(flatten)]
    configuration: ConfigurationArgs,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Resolves without the lockfile. Nothing is written before all of it is known to fit together.
pub async fn run(args: &UpgradeArgs, context: &Context) -> Result<Answer> {
    let project = args.configuration.project(context)?;
    let config = gather::config_path(&project)?;
    let target = args.feature.as_deref().zip(args.target_version.as_deref());
    let edited = target.map(|target| edited(config, target)).transpose()?;
    let features = match target {
        Some((feature, version)) => outdated::in_version(&project.config.features, feature, version),
        None => project.config.features.clone(),
    };
    if features.is_empty() {
        return Err(Error::new(ErrorKind::Config, "Failed to update lockfile")
            .because("the configuration names no Features")
            .hint("Add some to \"features\" in devcontainer.json; without any, no lockfile is needed."));
    }
    let registry = context.registry(&args.registry)?;
    let sources = FeatureSources { registry: &registry, events: &context.events };
    let resolved = sources.resolve(request(&project, &features, context)?).await?;
    let lockfile = Lockfile::of(&resolved.order);
    if args.dry_run {
        return Ok(Answer::Text(lockfile.text()));
    }
    if let Some(text) = edited {
        files::write_shared_atomic(config, &text)?;
    }
    tell_changes(config, &lockfile, context);
    Lock::read(config, LockPolicy::Replace)?.write(&resolved.order)?;
    Ok(Answer::Text(String::new()))
}

fn parse_version(text: &str) -> std::result::Result<String, String> {
    let fits = outdated::is_target_version(text);
    if fits { Ok(text.to_owned()) } else { Err("write it as x, x.y or x.y.z".to_owned()) }
}

/// The text of devcontainer.json that asks for another version of a Feature.
fn edited(config: &Path, (feature, version): (&str, &str)) -> Result<String> {
    let source = SourceFile::new(config, &files::read(config)?);
    let document = jsonc::parse(source).map_err(|rejection| rejection.into_error(false))?;
    outdated::with_version(&document, feature, version)
}

fn request(project: &Project, features: &Map, context: &Context) -> Result<Request> {
    let requested = requested(features, &Map::new())?;
    for warning in &requested.warnings {
        context.events.notice(Level::Warning, warning.clone());
    }
    Ok(Request {
        features: requested.features,
        override_order: project.config.override_feature_install_order.clone(),
        places: gather::feature_places(project),
        ..Request::default()
    })
}

/// Says what is new. A lockfile that cannot be read says nothing, and is about to be replaced.
fn tell_changes(config: &Path, new: &Lockfile, context: &Context) {
    let old = Lock::read(config, LockPolicy::Read).ok();
    for (id, entry) in new.entries() {
        let text = match old.as_ref().and_then(|old| old.get(id)) {
            Some(before) if before.integrity == entry.integrity => continue,
            Some(before) => format!("{id}: {} instead of {}", entry.version, before.version),
            None => format!("{id}: {}", entry.version),
        };
        context.events.notice(Level::Info, text);
    }
}
