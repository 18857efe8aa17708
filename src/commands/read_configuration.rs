//! `devc read-configuration`: what devcontainer.json means, as JSON.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::{ContainerArgs, FeatureArgs, RegistryArgs};
use crate::commands::wanted_features::WantedFeatures;
use crate::commands::{Context, compose};
use crate::config::Kind;
use crate::config::metadata::{self, Entry};
use crate::engine::{Container, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::execute::{FeatureSet, FeatureSources, LockPolicy};
use crate::project::Project;

const EXAMPLES: &str = "\
Examples:
  devc read-configuration | jq .configuration.name
  devc read-configuration --include-merged-configuration

Without a container the engine is not needed: ${devcontainerId} is known all the same, ${containerEnv:NAME} stays as
it is. Nothing is ever pulled: an image that is not on the engine counts as one without metadata.";

/// Arguments of `devc read-configuration`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ReadConfigurationArgs {
    /// Add the configuration merged with the metadata of the container or image
    #[arg(long)]
    include_merged_configuration: bool,
    /// Add the resolved Features
    #[arg(long)]
    include_features_configuration: bool,
    /// Accepted for the reference CLI's sake
    #[arg(long, value_name = "PATH", hide = true)]
    user_data_folder: Option<std::path::PathBuf>,
    #[command(flatten)]
    features: FeatureArgs,
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    container: ContainerArgs,
}

/// Prints the configuration; asks the engine only what only an engine knows.
pub async fn run(args: &ReadConfigurationArgs, context: &Context) -> Result<Answer> {
    let project = args.container.project(context)?;
    let (project, container) = find_container(args, project, context).await?;
    let environment = container.as_ref().map(|container| &container.environment);
    let mut result = Map::new();
    let configuration = project.printed_configuration(environment)?;
    result.insert("configuration".to_owned(), Value::Object(configuration));
    if project.located().is_some() {
        result.insert("workspace".to_owned(), workspace(&project));
    }
    let features = features(args, &project, container.is_some(), context).await?;
    if let Some(features) = features.as_ref().filter(|_| args.include_features_configuration) {
        let folder = features.keep(&context.environment.cache_dir.join("features"))?;
        result.extend(features.printed(&folder).map(|printed| ("featuresConfiguration".to_owned(), printed)));
    }
    if args.include_merged_configuration {
        let own = features.map(|features| features.entries(true)).unwrap_or_default();
        let entries = entries(args, &project, container.as_ref(), &own, context).await?;
        let entries = project.substitute_entries(&entries, environment)?;
        result
            .insert("mergedConfiguration".to_owned(), Value::Object(project.merged(&entries, environment)?));
    }
    Ok(Answer::Json(Value::Object(result)))
}

/// A container matters for `${containerEnv:NAME}` and for merging. A reader who asks for neither, on a machine
/// without an engine, gets an answer all the same.
async fn find_container(
    args: &ReadConfigurationArgs,
    project: Project,
    context: &Context,
) -> Result<(Project, Option<Container>)> {
    let container_id = args.container.container_id.as_deref();
    let refers =
        serde_json::to_string(&project.configuration).is_ok_and(|text| text.contains("${containerEnv:"));
    if container_id.is_none() && project.id_labels().is_empty() {
        let text = "Either containerId or workspaceFolder and configFile must be provided.";
        return Err(Error::new(ErrorKind::Usage, text));
    }
    let is_needed =
        container_id.is_some() || args.include_merged_configuration || project.located().is_none();
    if !is_needed && !refers {
        return Ok((project, None));
    }
    match context.engine(&args.container.engine) {
        Ok(engine) => {
            let found = gather::container_of(&args.container, &engine, project, context).await?;
            Ok((found.project, found.container))
        }
        Err(error) if is_needed => Err(error),
        Err(_) => Ok((project, None)),
    }
}

/// Where the workspace is in the container; empty where a configuration alone was given.
fn workspace(project: &Project) -> Value {
    let mut workspace = Map::new();
    if let Some(folder) = &project.remote_workspace_folder {
        workspace.insert("workspaceFolder".to_owned(), json!(folder));
    }
    if !matches!(project.config.kind, Kind::Compose(_)) {
        let computed = project.workspace().mount.as_ref().map(|mount| json!(mount));
        // As written, even where it is no text.
        if let Some(mount) = project.configuration.get("workspaceMount").cloned().or(computed) {
            workspace.insert("workspaceMount".to_owned(), mount);
        }
        if let Some(additional) = &project.workspace().additional_mount {
            workspace.insert("additionalMountString".to_owned(), json!(additional));
        }
    }
    Value::Object(workspace)
}

/// The Features, where the result needs them: to be printed, or to be merged where no container remembers them.
async fn features(
    args: &ReadConfigurationArgs,
    project: &Project,
    has_container: bool,
    context: &Context,
) -> Result<Option<FeatureSet>> {
    let is_merged = args.include_merged_configuration && !has_container;
    if !args.include_features_configuration && !is_merged {
        return Ok(None);
    }
    let wanted = WantedFeatures::gather(project, &args.features, LockPolicy::Read, context)?;
    let registry = context.registry(&args.registry)?;
    wanted.load(FeatureSources { registry: &registry, events: &context.events }).await.map(Some)
}

async fn entries(
    args: &ReadConfigurationArgs,
    project: &Project,
    container: Option<&Container>,
    features: &[Entry],
    context: &Context,
) -> Result<Vec<Entry>> {
    if let Some(container) = container {
        return Ok(project.entries_for_existing(&container.labels, features));
    }
    let engine = context.engine(&args.container.engine)?;
    let label = base_label(args, &engine, project, context).await?;
    Ok(project.entries_for_new(label.as_deref(), features, false))
}

/// The metadata label of the base image, if that is on the engine.
async fn base_label(
    args: &ReadConfigurationArgs,
    engine: &Engine,
    project: &Project,
    context: &Context,
) -> Result<Option<String>> {
    let text = gather::dockerfile_text(project)?;
    let name = match project.base_image(text.as_deref())? {
        Some(name) => Some(name),
        None => compose::base_image(project, engine, &args.container.engine, context).await?,
    };
    let Some(name) = name else { return Ok(None) };
    let image = engine.inspect_image(&name).await?;
    if image.is_none() {
        let text = format!("Image {name} is not on this engine, so its metadata is not part of the result.");
        context.events.notice(Level::Warning, text);
    }
    Ok(image.and_then(|image| image.labels.get(metadata::LABEL).cloned()))
}
