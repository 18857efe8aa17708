//! Before volumes go: a backup of what is in them.

use clap::Args;

use super::backup::back_up_first;
use super::hold;
use super::stored::Occasion;
use super::survey::{Which, survey};
use crate::commands::Context;
use crate::engine::Engine;
use crate::error::Result;

/// Whether there is to be a way back.
#[derive(Args, Clone, Copy, Debug)]
pub struct WayBackArgs {
    /// Keep no backup of what goes with volumes; `devc volume undo` puts it back
    #[arg(long)]
    no_backup: bool,
}

impl WayBackArgs {
    /// Whether backups are to be kept.
    pub(in crate::commands) fn is_wanted(self) -> bool {
        !self.no_backup
    }

    /// Backs up what is in these volumes before `verb` is done to them. Fails before anything has gone.
    pub(in crate::commands) async fn keep(
        self,
        engine: &Engine,
        verb: &str,
        volumes: &[String],
        context: &Context,
    ) -> Result<()> {
        if !self.is_wanted() || volumes.is_empty() {
            return Ok(());
        }
        let occasion = Occasion::of(verb);
        for one in survey(engine, Which::All, volumes).await? {
            let _lock = hold::lock(engine, &one.volume.name, context).await?;
            let kept = back_up_first(engine, &one, &occasion, context).await;
            kept.map_err(|error| error.hint("Pass `--no-backup` to go on without a way back."))?;
        }
        Ok(())
    }
}
