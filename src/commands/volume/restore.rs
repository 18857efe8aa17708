//! `devc volume restore`: a backup into a volume.

use std::io::Read;

use clap::Args;
use serde_json::json;

use super::backup::back_up_first;
use super::hold::{self, QuietArgs};
use super::stored::{self, Occasion};
use super::survey::{Which, survey};
use crate::backup::{Head, read_head};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::event::StepKind;
use crate::execute::volume_content;
use crate::ui::{self, words};

const EXAMPLES: &str = "\
Examples:
  devc volume restore shop-db                     its newest backup; the volume must be gone or empty
  devc volume restore shop-db --into shop-copy    into a new volume
  devc volume restore shop-db --replace --stop    in the place of what is there

The new content is written beside the old, proven, and only then put in its place. A restore that fails or is killed
leaves the old content. With --replace that is backed up first: `devc volume undo` puts it back.";

/// Arguments of `devc volume restore`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct RestoreArgs {
    /// A file, or a volume whose newest backup is meant
    #[arg(value_name = "BACKUP")]
    backup: String,
    /// The volume to restore into [default: the one that the backup is of]
    #[arg(long, value_name = "NAME")]
    into: Option<String>,
    #[command(flatten)]
    replacing: ReplacingArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// What may be done to a volume that is not empty.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ReplacingArgs {
    /// Put it in the place of what is in the volume
    #[arg(long)]
    replace: bool,
    /// Stop containers that may write to the volume, and start them again afterwards
    #[arg(long)]
    stop: bool,
    /// Do not back the old content up first
    #[arg(long, requires = "replace")]
    no_backup: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl ReplacingArgs {
    /// Consent is given, and what is there is backed up.
    pub(super) fn agreed(stop: bool) -> Self {
        Self { replace: true, stop, no_backup: false, yes: true }
    }
}

/// Restores it.
pub async fn run(args: &RestoreArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let path = stored::find(&args.backup, context)?;
    let head = read_head(stored::open(&path)?)?.ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("{} is no backup", path.display()))
            .hint("Take archives of other tools in with `devc volume import`.")
    })?;
    let name = args.into.as_deref().unwrap_or(&head.volume.name);
    let occasion = &Occasion::of("restore");
    let target = Target { engine: &engine, name, replacing: args.replacing, occasion, context };
    let step_title = format!("Restoring volume {name}");
    let counts = target.fill(Some(&head), async || stored::open(&path), false, &step_title).await?;
    if args.json {
        return Ok(Answer::Json(json!({"version": 1, "volume": name, "file": path, "content": counts})));
    }
    let files = words::count(counts.files, "file");
    Ok(Answer::Text(format!("{name}: {files}, {}\n", words::bytes(counts.bytes))))
}

/// A volume that gets new content.
pub(super) struct Target<'a> {
    pub(super) engine: &'a Engine,
    pub(super) name: &'a str,
    pub(super) replacing: ReplacingArgs,
    pub(super) occasion: &'a Occasion,
    pub(super) context: &'a Context,
}

impl Target<'_> {
    /// Puts an archive's content into the volume, which is made if it is missing and then goes with a failure.
    pub(super) async fn fill<R: Read + Send + 'static>(
        &self,
        head: Option<&Head>,
        open: impl AsyncFnOnce() -> Result<R>,
        is_plain_fine: bool,
        title: &str,
    ) -> Result<crate::backup::Counts> {
        let _lock = hold::lock(self.engine, self.name, self.context).await?;
        let is_new = self.engine.inspect_volume(self.name).await?.is_none();
        if is_new {
            // A volume under another name is not the cache that the labels speak of.
            let labels =
                head.filter(|head| head.volume.name == self.name).map(|head| head.volume.labels.clone());
            self.engine.create_volume(self.name, &labels.unwrap_or_default()).await?;
        }
        let filled = self.fill_existing(open, is_plain_fine, title).await;
        self.context.quiet.resume_all().await;
        if is_new && filled.is_err() {
            self.engine.remove_volume(self.name).await?;
        }
        filled
    }

    async fn fill_existing<R: Read + Send + 'static>(
        &self,
        open: impl AsyncFnOnce() -> Result<R>,
        is_plain_fine: bool,
        title: &str,
    ) -> Result<crate::backup::Counts> {
        let found = survey(self.engine, Which::All, &[self.name.to_owned()]).await?;
        let one = &found[0];
        let place = hold::place(self.engine, &[one]).await?;
        let users = hold::users(self.engine, one).await?;
        if !volume_content::is_empty(&place).await? {
            self.consent()?;
        }
        let archive = open().await?;
        QuietArgs::stop_if(self.replacing.stop).quiet(self.engine, one, &users, self.context).await?;
        if !self.replacing.no_backup {
            back_up_first(self.engine, one, self.occasion, self.context).await?;
        }
        let step = self.context.events.step(StepKind::Host, title);
        volume_content::restore(archive, &place, is_plain_fine, step).await
    }

    fn consent(&self) -> Result<()> {
        let name = self.name;
        if !self.replacing.replace {
            return Err(Error::new(ErrorKind::Usage, format!("volume {name} is not empty"))
                .hint("Pass `--into NAME` for a new volume, or `--replace` to put the backup in the place of what is there."));
        }
        if self.replacing.yes
            || ui::confirm(&format!("Replace everything in volume {name}?"), false, "--yes")?
        {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Interrupted, "nothing was replaced"))
    }
}
