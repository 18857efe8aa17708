//! Before the content of a volume is read or replaced: nobody else does so, and no container writes.

use clap::Args;

use super::survey::Surveyed;
use crate::backup::{Named, User};
use crate::commands::Context;
use crate::engine::{Container, ContainerState, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::execute::volume_content::{self, Place};
use crate::execute::{Quiet, resume_left};
use crate::host::WorkspaceLock;
use crate::name::ContainerId;
use crate::ui::words;

/// What to do about containers that write to a volume while it is read.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct QuietArgs {
    /// Freeze containers that may write to it meanwhile
    #[arg(long, group = "quiet")]
    pause: bool,
    /// Stop containers that may write to it, and start them again afterwards
    #[arg(long, group = "quiet")]
    stop: bool,
    /// Let them write: what changes meanwhile may not fit together
    #[arg(long, group = "quiet")]
    live: bool,
}

/// One `devc` at a time for each volume. What a killed run has left comes first: containers that hold still go on, and
/// content that was being replaced is the old or the new.
pub(super) async fn lock(engine: &Engine, volume: &str, context: &Context) -> Result<WorkspaceLock> {
    let state_dir = &context.environment.state_dir;
    let lock = WorkspaceLock::acquire(state_dir, &format!("volume-{volume}"), &context.events).await?;
    let warn = |text: String| context.events.notice(Level::Warning, text);
    if resume_left(engine, state_dir, volume).await? {
        warn(format!("A run that was killed had left containers of volume {volume} still: they go on."));
    }
    if let Some(known) = engine.inspect_volume(volume).await?
        && volume_content::repair(&Place::of(engine, &[&known]).await?).await?
    {
        warn(format!(
            "A run that was killed had begun to replace what is in volume {volume}: it is whole again."
        ));
    }
    Ok(lock)
}

/// As [`lock`], for two volumes; in one order whoever asks, so that two runs never wait for each other.
pub(super) async fn lock_both(
    engine: &Engine,
    mut volumes: [&str; 2],
    context: &Context,
) -> Result<[WorkspaceLock; 2]> {
    volumes.sort_unstable();
    Ok([lock(engine, volumes[0], context).await?, lock(engine, volumes[1], context).await?])
}

/// Where the content of volumes is worked on.
pub(super) async fn place(engine: &Engine, volumes: &[&Surveyed]) -> Result<Place> {
    let volumes: Vec<_> = volumes.iter().map(|one| &one.volume).collect();
    Place::of(engine, &volumes).await
}

/// The containers that have a volume, as the engine sees them now.
pub(super) async fn users(engine: &Engine, one: &Surveyed) -> Result<Vec<Container>> {
    let mut containers = Vec::new();
    for user in &one.users {
        containers.extend(engine.inspect(user.id.as_str()).await?);
    }
    Ok(containers)
}

/// What a backup keeps of them.
pub(super) fn to_manifest(container: &Container) -> User {
    User {
        id: container.id.as_str().to_owned(),
        name: container.name.clone(),
        image: container.image.clone(),
        image_id: container.image_id.clone(),
        state: container.state.name().to_owned(),
    }
}

/// Says what was not read as it is.
pub(super) fn warn(volume: &str, changed: &Named, left_out: &Named, context: &Context) {
    let tell = |named: &Named, what: &str| {
        if named.count > 0 {
            let count = words::count(named.count, "file");
            let text = format!("Volume {volume}: {count} {what}: {} ...", named.first.join(", "));
            context.events.notice(Level::Warning, text);
        }
    };
    tell(changed, "changed while being read");
    tell(left_out, "cannot be kept, such as sockets");
}

impl QuietArgs {
    /// Only `--stop`: nothing less will do when content is replaced.
    pub(super) fn stop_if(stop: bool) -> Self {
        Self { stop, ..Self::default() }
    }

    /// Makes the containers that may write hold still, as was asked for; refuses when nothing was.
    pub(super) async fn quiet(
        self,
        engine: &Engine,
        one: &Surveyed,
        users: &[Container],
        context: &Context,
    ) -> Result<()> {
        let may_write = |container: &Container| {
            one.users.iter().any(|user| user.id == container.id && user.may_write)
                && matches!(container.state, ContainerState::Running | ContainerState::Restarting)
        };
        let writers: Vec<&Container> = users.iter().filter(|container| may_write(container)).collect();
        if writers.is_empty() {
            return Ok(());
        }
        let name = &one.volume.name;
        let names = writers.iter().map(|container| container.name.as_str()).collect::<Vec<_>>().join(", ");
        let how = match self {
            Self { pause: true, .. } => Quiet::Pause,
            Self { stop: true, .. } => Quiet::Stop,
            Self { live: true, .. } => {
                let text = format!("{names} may write to volume {name} meanwhile.");
                context.events.notice(Level::Warning, text);
                return Ok(());
            }
            _ => {
                return Err(Error::new(ErrorKind::Usage, format!("volume {name} is in use by {names}"))
                    .hint("Pass `--pause` or `--stop`, and they go on afterwards, or `--live` if that does no harm."));
            }
        };
        let ids: Vec<ContainerId> = writers.iter().map(|container| container.id.clone()).collect();
        context.quiet.quiet(engine, &context.environment, name, how, &ids).await
    }
}
