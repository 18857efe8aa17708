//! Carries out what was decided about the container.

use crate::engine::{Engine, Removal};
use crate::error::Result;
use crate::event::{Events, Level, StepKind};
use crate::execute::kept;
use crate::name::ContainerId;
use crate::plan::{ContainerDecision, ContainerSpec};
use crate::volumes::{CACHES_LABEL, Kept};

/// How the name of a container ends while another one takes its place.
pub const REPLACED_SUFFIX: &str = "-replaced-by-devc";

/// Keeps, starts, creates or replaces the container. Returns the id of the one that now runs.
///
/// A container that is replaced is removed only after the new one has started: when that fails, the old one is
/// there as before.
pub async fn carry_out(
    engine: &Engine,
    decision: &ContainerDecision,
    spec: Option<&ContainerSpec>,
    events: &Events,
) -> Result<ContainerId> {
    match (decision, spec) {
        (ContainerDecision::Start(id), _) => {
            let step = events.step(StepKind::Container, "Starting container");
            step.conclude(engine.start(id).await)?;
            give_name_back(engine, id).await?;
            Ok(id.clone())
        }
        (ContainerDecision::Unpause(id), _) => {
            let step = events.step(StepKind::Container, "Resuming paused container");
            step.conclude(engine.unpause(id).await)?;
            Ok(id.clone())
        }
        (ContainerDecision::Create, Some(spec)) => create_and_start(engine, spec, events).await,
        (ContainerDecision::Replace { old, .. }, Some(spec)) => replace(engine, old, spec, events).await,
        (ContainerDecision::Keep(id), _) => Ok(id.clone()),
        (ContainerDecision::Create | ContainerDecision::Replace { .. }, None) => {
            unreachable!("a decision to make a container comes with its spec")
        }
    }
}

async fn create_and_start(engine: &Engine, spec: &ContainerSpec, events: &Events) -> Result<ContainerId> {
    let step = events.step(StepKind::Container, "Creating and starting container");
    let id = match engine.create(spec).await {
        Ok(id) => id,
        Err(error) => return step.conclude(Err(error)),
    };
    let started = match hand_over_kept(engine, spec, &id).await {
        Ok(()) => engine.start(&id).await,
        Err(error) => Err(error),
    };
    if started.is_err() {
        // It never ran, so nothing in it can be missed; kept, it would fail in the same way for ever.
        let _ = engine.remove(&id, Removal::WithAnonymousVolumes).await;
    }
    step.conclude(started.map(|()| id))
}

/// What runs first may already need the folders that are kept.
async fn hand_over_kept(engine: &Engine, spec: &ContainerSpec, id: &ContainerId) -> Result<()> {
    let label = spec.labels.iter().find(|(name, _)| name == CACHES_LABEL);
    match label.and_then(|(_, text)| Kept::of_label(text)) {
        Some(kept) => kept::give_empty(engine, id, &kept).await,
        None => Ok(()),
    }
}

async fn replace(
    engine: &Engine,
    old: &ContainerId,
    spec: &ContainerSpec,
    events: &Events,
) -> Result<ContainerId> {
    let previous = engine.inspect(old.as_str()).await?;
    let name = previous.map(|container| container.name).unwrap_or_default();
    let step = events.step(StepKind::Container, "Stopping the old container");
    step.conclude(engine.stop(old, None).await)?;
    // A fixed name (`runArgs: ["--name", ...]`) has to be free for the new one.
    if !name.ends_with(REPLACED_SUFFIX) {
        set_aside(engine, old, &name).await?;
    }
    match create_and_start(engine, spec, events).await {
        Ok(new) => {
            let step = events.step(StepKind::Container, "Removing the old container");
            step.conclude(engine.remove(old, Removal::ContainerOnly).await)?;
            Ok(new)
        }
        Err(error) => {
            bring_back(engine, old, &name, events).await;
            Err(error)
        }
    }
}

/// An older one of that name is left over from a replacement that was killed after the new container had started.
async fn set_aside(engine: &Engine, old: &ContainerId, name: &str) -> Result<()> {
    let name = format!("{name}{REPLACED_SUFFIX}");
    if let Some(older) = engine.inspect(&name).await? {
        engine.remove(&older.id, Removal::ContainerOnly).await?;
    }
    engine.rename(old, &name).await
}

/// A replacement that was killed half-way has left the container under another name.
async fn give_name_back(engine: &Engine, id: &ContainerId) -> Result<()> {
    let name = engine.inspect(id.as_str()).await?.map(|container| container.name).unwrap_or_default();
    match name.strip_suffix(REPLACED_SUFFIX) {
        Some(name) => engine.rename(id, name).await,
        None => Ok(()),
    }
}

async fn bring_back(engine: &Engine, old: &ContainerId, name: &str, events: &Events) {
    let back = async {
        engine.rename(old, name.trim_end_matches(REPLACED_SUFFIX)).await?;
        engine.start(old).await
    };
    let text = match back.await {
        Ok(()) => "The old container is running again.".to_owned(),
        Err(error) => format!("The old container {} is still there but stopped: {error}.", old.short()),
    };
    events.notice(Level::Warning, text);
}
