//! `devc open`: a running dev container in an editor.

use std::path::PathBuf;

use clap::Args;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::handoff::{HandoffRequest, hand_over};
use crate::commands::hooks::HookRequest;
use crate::commands::options::{ContainerArgs, DotfilesArgs, TrustArgs};
use crate::commands::process::TargetArgs;
use crate::commands::session::{hook_entries, require_running, settings_of};
use crate::editor::Editor;
use crate::engine::{Container, Engine};
use crate::error::Result;
use crate::event::Level;
use crate::host::ContainerRecord;
use crate::plan::HookOptions;
use crate::project::Project;

const EXAMPLES: &str = "\
Examples:
  devc open                            this project, in your editor
  devc open ~/app --editor code
  devc open --editor nvim -- src/main.rs
  devc open --print                    the command for each editor; opens none

Your editor is the one of --editor, of DEVC_EDITOR, or of `devc config set editor`; else one that is installed, first
among those that devcontainer.json has customizations for. The first --editor is remembered. nvim and shell run in the
container, with its environment; all others run on this machine.";

/// Arguments of `devc open`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct OpenArgs {
    /// Folder of the project [default: the current folder]
    #[arg(value_name = "PATH", conflicts_with_all = ["workspace_folder", "container_id"])]
    path: Option<PathBuf>,
    /// More words for the editor
    #[arg(last = true, value_name = "WORDS")]
    words: Vec<String>,
    /// The editor [default: yours]
    #[arg(long, short, value_enum, value_name = "EDITOR")]
    editor: Option<Editor>,
    /// Print the command for each editor, and open none
    #[arg(long, conflicts_with_all = ["editor", "words"])]
    print: bool,
    /// Print it as JSON
    #[arg(long, requires = "print")]
    json: bool,
    #[command(flatten)]
    target: TargetArgs,
}

/// Finds the container and hands it over.
pub async fn run(args: &OpenArgs, context: &Context) -> Result<Answer> {
    let target = args.container();
    let engine = context.engine(&target.engine)?;
    let project = target.project(context)?;
    let (project, container) = gather::existing_container(&target, &engine, project, context).await?;
    require_running(&container, "devc up")?;
    let request = HandoffRequest {
        engine: &engine,
        project: &project,
        container: &container,
        environment: &args.target.environment,
        editor: args.editor,
        words: &args.words,
    };
    if args.print {
        return request.print(args.json, context);
    }
    args.tell_unfinished_hooks(&engine, &project, &container, context).await?;
    Ok(hand_over(&request, context).await?.unwrap_or_else(|| Answer::Text(String::new())))
}

impl OpenArgs {
    /// Which container, the path being the folder of its project.
    fn container(&self) -> ContainerArgs {
        let mut container = self.target.container.clone();
        container.workspace.workspace_folder = self.path.clone().or(container.workspace.workspace_folder);
        container
    }

    /// A project whose preparation failed looks ready in an editor, but is not.
    async fn tell_unfinished_hooks(
        &self,
        engine: &Engine,
        project: &Project,
        container: &Container,
        context: &Context,
    ) -> Result<()> {
        let request = HookRequest {
            engine,
            project,
            container,
            settings: &settings_of(project, container)?,
            entries: &hook_entries(project, container)?,
            environment: &self.target.environment,
            folders: &self.target.folders,
            dotfiles: &DotfilesArgs::default(),
            options: HookOptions { skip_post_attach: true, ..HookOptions::default() },
            trust: &TrustArgs::default(),
        };
        let (state_dir, id) = (&context.environment.state_dir, container.id.as_str());
        let mut record = ContainerRecord::load(state_dir, id);
        let plan = request.plan_by_asking(&mut record).await?;
        record.save(state_dir, id);
        for line in plan.lines() {
            let text = format!(
                "{} has not succeeded in this container yet: `devc up` goes on with it.",
                line.subject
            );
            context.events.notice(Level::Warning, text);
        }
        Ok(())
    }
}
