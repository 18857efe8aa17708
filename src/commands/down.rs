//! `devc down`: the container goes; its named volumes and images only on request.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::json;

use crate::commands::Context;
use crate::commands::compose::{find_compose, settings_file};
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::ContainerArgs;
use crate::commands::volume::WayBackArgs;
use crate::compose::{Compose, Invocation};
use crate::engine::{Container, ContainerState, Engine, Removal};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Level, StepKind};
use crate::execute::{Quiet, run_compose};
use crate::host::{ContainerRecord, WorkspaceLock};
use crate::name::ContainerId;
use crate::project::compose::Recorded;
use crate::ui;
use crate::volumes::{Labels, Scope, VERSION_LABEL};

const EXAMPLES: &str = "\
Examples:
  devc down                       the container; named volumes and images stay
  devc down --images              the images that were built for it too
  devc down --volumes --yes       its named volumes too; `devc volume undo` brings them back

Files that were written inside the container, outside of the workspace and of volumes, go with it. With Docker
Compose the whole project goes: all its services and networks, and its volumes with --volumes.";

/// Arguments of `devc down`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct DownArgs {
    /// Remove its named volumes and caches too, unless they are shared, protected or in use
    #[arg(long, short)]
    volumes: bool,
    /// Remove the images that were built for it too, unless another container uses them
    #[arg(long)]
    images: bool,
    /// Do not ask before removing volumes
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    way_back: WayBackArgs,
    #[command(flatten)]
    container: ContainerArgs,
}

/// Removes the container; one that is not there is fine.
pub async fn run(args: &DownArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.container.engine)?;
    let project = args.container.project(context)?;
    let image_name = project.image_name(&context.environment.current_dir);
    let _lock = WorkspaceLock::acquire(&context.environment.state_dir, &project.id, &context.events).await?;
    let found = gather::container_of(&args.container, &engine, project, context).await?;
    let settings = settings_file(&found.project, context);
    let container = found.container;
    let recorded = container.as_ref().and_then(|container| Recorded::from_labels(&container.labels));
    let volumes = match (&container, &recorded) {
        (_, Some(recorded)) if args.volumes => engine.project_volumes(&recorded.project).await?,
        (Some(container), None) if args.volumes => container.volumes.clone(),
        _ => Vec::new(),
    };
    let volumes = match args.volumes {
        true => removable(&engine, &found.project.id, volumes).await?,
        false => Vec::new(),
    };
    consent(args, &volumes)?;
    let containers = running(&engine, container.as_ref(), recorded.as_ref()).await?;
    keep(args, &engine, &found.project.id, &containers, &volumes, context).await?;
    for leftover in &found.leftovers {
        engine.remove(leftover, Removal::ContainerOnly).await?;
    }
    let mut images = image_names(&image_name);
    match (&container, &recorded) {
        (Some(container), Some(recorded)) => {
            images.extend(service_images(&engine, recorded, &image_name).await?);
            let compose = find_compose(&engine, &args.container.engine, context).await?;
            remove_project(&engine, &compose, recorded, context).await?;
            // It holds values of variables. That it may never have been there is fine.
            let _ = std::fs::remove_file(&settings);
            ContainerRecord::remove(&context.environment.state_dir, container.id.as_str());
        }
        (Some(container), None) => remove(&engine, container, context).await?,
        (None, _) => context.events.notice(Level::Info, "There is no dev container to remove."),
    }
    let mut removed_volumes = Vec::new();
    for volume in volumes {
        let step = context.events.step(StepKind::Container, format!("Removing volume {volume}"));
        if step.conclude(engine.remove_volume(&volume).await)? {
            removed_volumes.push(volume);
        } else {
            let text = format!("Volume {volume} is kept: another container uses it.");
            context.events.notice(Level::Warning, text);
        }
    }
    // All of them are gone by now, so none goes on; what says that they hold still goes.
    context.quiet.resume_all().await;
    let removed_images =
        if args.images { remove_images(&engine, images, context).await? } else { Vec::new() };
    let mut result = json!({
        "outcome": "success",
        "containerId": container.map(|container| container.id.as_str().to_owned()),
        "volumes": removed_volumes,
        "images": removed_images,
    });
    if let Some(recorded) = recorded {
        result["composeProjectName"] = json!(recorded.project);
    }
    Ok(Answer::Json(result))
}

/// Backs the volumes up while these containers hold still. When that fails, they go on as if nothing had been.
async fn keep(
    args: &DownArgs,
    engine: &Engine,
    project: &str,
    containers: &[ContainerId],
    volumes: &[String],
    context: &Context,
) -> Result<()> {
    if volumes.is_empty() || !args.way_back.is_wanted() {
        return Ok(());
    }
    let work = async {
        context.quiet.quiet(engine, &context.environment, project, Quiet::Stop, containers).await?;
        args.way_back.keep(engine, "down", volumes, context).await
    };
    let kept = work.await;
    if kept.is_err() {
        context.quiet.resume_all().await;
    }
    kept
}

/// The containers that are to go, as far as they run.
async fn running(
    engine: &Engine,
    container: Option<&Container>,
    recorded: Option<&Recorded>,
) -> Result<Vec<ContainerId>> {
    let services = match recorded {
        Some(recorded) => engine.project_containers(&recorded.project).await?,
        None => Vec::new(),
    };
    let services = services.into_iter().filter(|one| one.is_running).map(|one| one.id);
    let own = container.filter(|one| one.state == ContainerState::Running).map(|one| one.id.clone());
    Ok(services.chain(own).collect::<BTreeSet<_>>().into_iter().collect())
}

/// The named volumes among these, and those of the project's caches. What several projects share and what is protected
/// stays.
async fn removable(engine: &Engine, project: &str, mounted: Vec<String>) -> Result<Vec<String>> {
    let caches = engine.volumes(&[VERSION_LABEL.to_owned()]).await?;
    let caches = caches.into_iter().filter_map(|volume| Some((volume.name, Labels::read(&volume.labels)?)));
    let caches: BTreeMap<String, Labels> = caches.collect();
    let of_project = caches.iter().filter(|(_, labels)| labels.project.as_deref() == Some(project));
    let named = mounted.into_iter().filter(|name| !is_anonymous(name));
    let all: BTreeSet<String> = named.chain(of_project.map(|(name, _)| name.clone())).collect();
    let stays = |labels: &Labels| labels.is_protected || labels.scope == Scope::Shared;
    Ok(all.into_iter().filter(|name| !caches.get(name).is_some_and(stays)).collect())
}

/// Anonymous volumes have a 64-digit name and go with the container, as nobody could find them again.
fn is_anonymous(volume: &str) -> bool {
    volume.len() == 64 && volume.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Takes a compose project down: all containers and networks. Compose leaves anonymous volumes behind.
async fn remove_project(
    engine: &Engine,
    compose: &Compose,
    recorded: &Recorded,
    context: &Context,
) -> Result<()> {
    let mut anonymous = Vec::new();
    for container in engine.project_containers(&recorded.project).await? {
        let volumes = engine.inspect(container.id.as_str()).await?.map(|container| container.volumes);
        anonymous.extend(volumes.unwrap_or_default().into_iter().filter(|name| is_anonymous(name)));
    }
    let removing = ("Removing services", "remove the services");
    let invocation = Invocation::by_name(&recorded.project);
    run_compose(compose, &invocation, &["down", "--remove-orphans"], removing, &context.events).await?;
    for volume in anonymous {
        engine.remove_volume(&volume).await?;
    }
    Ok(())
}

fn consent(args: &DownArgs, volumes: &[String]) -> Result<()> {
    if volumes.is_empty() || args.yes {
        return Ok(());
    }
    let question = format!(
        "Remove {} with all data in {}?",
        volumes.join(", "),
        if volumes.len() == 1 { "it" } else { "them" }
    );
    if ui::confirm(&question, false, "--yes")? {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Interrupted, "nothing was removed"))
}

async fn remove(engine: &Engine, container: &Container, context: &Context) -> Result<()> {
    let step =
        context.events.step(StepKind::Container, format!("Removing container {}", container.id.short()));
    step.conclude(engine.remove(&container.id, Removal::WithAnonymousVolumes).await)?;
    ContainerRecord::remove(&context.environment.state_dir, container.id.as_str());
    Ok(())
}

/// The names that images of this workspace get.
fn image_names(image_name: &str) -> Vec<String> {
    vec![format!("{image_name}-uid"), format!("{image_name}-features"), image_name.to_owned()]
}

/// The images of a project's containers, as far as they were built for it.
async fn service_images(engine: &Engine, recorded: &Recorded, image_name: &str) -> Result<Vec<String>> {
    let own = [format!("{}-", recorded.project), format!("{image_name}-")];
    let is_own = |image: &str| own.iter().any(|prefix| image.starts_with(prefix));
    let containers = engine.project_containers(&recorded.project).await?;
    let images = containers.into_iter().map(|container| container.image).filter(|image| is_own(image));
    // An image with other user ids was made from one without that end.
    Ok(images.flat_map(|image| [image.clone(), image.trim_end_matches("-uid").to_owned()]).collect())
}

async fn remove_images(engine: &Engine, names: Vec<String>, context: &Context) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for name in names {
        if engine.inspect_image(&name).await?.is_some() {
            let step = context.events.step(StepKind::Container, format!("Removing image {name}"));
            if step.conclude(engine.remove_image(&name).await)? {
                removed.push(name);
            }
        }
    }
    Ok(removed)
}
