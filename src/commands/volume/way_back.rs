//! Before volumes go: a backup of what is in them.

use clap::Args;

use super::backup::back_up_first;
use super::hold;
use super::survey::{Which, survey};
use crate::commands::Context;
use crate::engine::Engine;
use crate::error::Result;

/// Whether there is to be a way back.
#[derive(Args, Clone, Copy, Debug)]
pub struct WayBackArgs {
    /// Keep no backup of what goes with volumes; `devc volume restore NAME` puts a backup back
    #[arg(long)]
    no_backup: bool,
}

impl WayBackArgs {
    /// Backs up what is in these volumes. Fails before anything has gone.
    pub(in crate::commands) async fn keep(
        self,
        engine: &Engine,
        volumes: &[String],
        context: &Context,
    ) -> Result<()> {
        if self.no_backup || volumes.is_empty() {
            return Ok(());
        }
        for one in survey(engine, Which::All, volumes).await? {
            let _lock = hold::lock(engine, &one.volume.name, context).await?;
            let kept = back_up_first(engine, &one, context).await;
            kept.map_err(|error| error.hint("Pass `--no-backup` to go on without a way back."))?;
        }
        Ok(())
    }
}
