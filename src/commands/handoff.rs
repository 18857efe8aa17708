//! Handing a running dev container to an editor: shared by `open` and `up --open`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::commands::Context;
use crate::commands::config as preferences_file;
use crate::commands::context::Answer;
use crate::commands::options::EnvironmentArgs;
use crate::commands::process::{Command, ProcessArgs, answer, run_inside};
use crate::config::{command_line as line, customization};
use crate::editor::{self, Editor, Handoff, Place, Seen};
use crate::engine::{Container, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::host::{self, Environment};
use crate::preferences::{self, EDITOR, Origin};
use crate::project::Project;
use crate::project::identity::{CONFIG_FILE, LOCAL_FOLDER};
use crate::ui::Table;

/// The version of the JSON.
const VERSION: u32 = 1;

/// What a shell says of a command that does not exist.
const DOES_NOT_EXIST: i64 = 127;

/// A running container and who is to open it.
pub struct HandoffRequest<'a> {
    /// Where the container runs.
    pub engine: &'a Engine,
    /// What it is for.
    pub project: &'a Project,
    /// It.
    pub container: &'a Container,
    /// The environment of what runs in it.
    pub environment: &'a EnvironmentArgs,
    /// The editor that was asked for.
    pub editor: Option<Editor>,
    /// More words for the editor.
    pub words: &'a [String],
}

/// Opens the container. What ran in it has answered on our output; an editor of this machine answers nothing.
pub async fn hand_over(request: &HandoffRequest<'_>, context: &Context) -> Result<Option<Answer>> {
    let editor = request.editor(context)?;
    if editor == Editor::Shell && !request.words.is_empty() {
        let error = Error::new(ErrorKind::Usage, "a shell takes no more words");
        return Err(error.hint("Run a command with `devc exec`."));
    }
    match request.place().handoff(editor, request.words).ok_or_else(|| unknown_to(editor))? {
        Handoff::Program { programs, arguments, stays } => {
            request.launch(editor, &programs, &arguments, stays, context).await.map(|()| None)
        }
        Handoff::Command(words) => request.run(editor, Command::Given(words), context).await.map(Some),
        Handoff::Shell => request.run(editor, Command::Shell, context).await.map(Some),
    }
}

impl HandoffRequest<'_> {
    /// The command for each editor, for people and programs that open it themselves.
    pub fn print(&self, as_json: bool, context: &Context) -> Result<Answer> {
        if !as_json {
            return Ok(Answer::Text(self.table(&context.environment)));
        }
        let editors: Vec<Value> = Editor::ALL
            .into_iter()
            .map(|editor| {
                json!({
                    "editor": editor.name(),
                    "title": editor.title(),
                    "installed": is_installed(editor, &context.environment),
                    "command": self.command(editor, &context.environment),
                })
            })
            .collect();
        let (container, folder) = (&self.container.name, self.folder());
        Ok(Answer::Json(
            json!({"version": VERSION, "container": container, "folder": folder, "editors": editors}),
        ))
    }

    /// The editor that is meant.
    fn editor(&self, context: &Context) -> Result<Editor> {
        let settled = || self.editor.or_else(|| context.preferences.editor());
        settled().or_else(|| editor::choose(&self.seen(&context.environment))).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "no editor was found on this machine")
                .because(format!("one of these commands opens the dev container:\n{}", self.table(&context.environment)))
                .hint("Say which with `devc open --editor EDITOR`; nvim and shell need nothing on this machine.")
        })
    }

    fn seen(&self, environment: &Environment) -> Seen {
        let tools = self.project.configuration.get("customizations").and_then(Value::as_object);
        Seen {
            installed: Editor::ALL.into_iter().filter(|editor| is_installed(*editor, environment)).collect(),
            customized: tools.into_iter().flat_map(|tools| tools.keys().cloned()).collect(),
            has_neovim: environment.find_program("nvim").is_some(),
        }
    }

    fn place(&self) -> Place<'_> {
        let label = |name: &str| self.container.labels.get(name).map(Path::new);
        let jetbrains = customization(&self.project.configuration, "jetbrains");
        Place {
            container: &self.container.name,
            labels: label(LOCAL_FOLDER).zip(label(CONFIG_FILE)),
            folder: self.folder(),
            jetbrains_backend: jetbrains.and_then(|own| own.get("backend")?.as_str()),
        }
    }

    fn folder(&self) -> &str {
        self.project.remote_workspace_folder.as_deref().unwrap_or("/")
    }

    fn table(&self, environment: &Environment) -> String {
        let mut table = Table::new(["EDITOR", "COMMAND"]);
        for editor in Editor::ALL {
            let command = self.command(editor, environment);
            table.row([editor.name(), &command.map_or_else(|| "-".to_owned(), |argv| line(&argv))]);
        }
        // A command that is cut off is of no use.
        table.render(None)
    }

    /// The words that open the container; `None` for an editor that cannot find it.
    fn command(&self, editor: Editor, environment: &Environment) -> Option<Vec<String>> {
        let place = self.place();
        let (flag, which) = match place.labels {
            Some((folder, _)) => ("--workspace-folder", folder.to_string_lossy()),
            None => ("--container-id", place.container.into()),
        };
        let devc = |verb: &str| ["devc", verb, flag, &which].map(str::to_owned).to_vec();
        Some(match place.handoff(editor, &[])? {
            Handoff::Program { programs, arguments, .. } => {
                let there = programs.iter().find(|program| environment.find_program(program).is_some());
                argv(there.unwrap_or(&programs[0]), &arguments)
            }
            Handoff::Command(words) => [devc("exec"), vec!["--".to_owned()], words].concat(),
            Handoff::Shell => devc("shell"),
        })
    }

    /// Keeps the first editor that was asked for as the user's own. That it cannot be kept is no reason not to open it.
    fn remember(&self, editor: Editor, context: &Context) {
        let found = context.preferences.find(&EDITOR, &self.project.configuration);
        if self.editor.is_none() || found.origin != Origin::Default || context.is_drop_in {
            return;
        }
        let value = preferences::Value::Text(editor.name().to_owned());
        let (level, text) = match preferences_file::settle(&EDITOR, &value, context) {
            Ok(()) => (
                Level::Info,
                format!(
                    "{} is your editor from now on; `devc config unset editor` forgets it.",
                    editor.name()
                ),
            ),
            Err(error) => (Level::Debug, format!("The editor could not be remembered: {error}")),
        };
        context.events.notice(level, text);
    }

    async fn launch(
        &self,
        editor: Editor,
        programs: &[&str],
        arguments: &[String],
        stays: bool,
        context: &Context,
    ) -> Result<()> {
        let program = find(programs, &context.environment).ok_or_else(|| missing(editor))?;
        let argv = argv(&program.to_string_lossy(), arguments);
        self.remember(editor, context);
        let by_hand = || format!("Run it by hand to see what it says: `{}`.", line(&argv));
        host::launch(&argv, stays).await.map_err(|error| error.hint(by_hand()))?;
        context.events.notice(Level::Info, format!("Opened in {}.", editor.title()));
        Ok(())
    }

    async fn run(&self, editor: Editor, command: Command, context: &Context) -> Result<Answer> {
        self.remember(editor, context);
        let which = (self.project, self.container);
        let process = ProcessArgs::default();
        let ended = run_inside(self.engine, which, self.environment, &process, command, context).await?;
        match &ended.refusal {
            Some(_) if ended.code == DOES_NOT_EXIST => {
                let text = format!("the dev container has no {}", editor.title());
                Err(Error::new(ErrorKind::NotFound, text)
                    .hint("Add it to the image, as with `RUN apt-get install -y neovim`, then run `devc up --rebuild=auto`.")
                    .hint("Or open the container in another editor: `devc open --print` lists them."))
            }
            Some(refusal) => {
                let text = format!("{} cannot be run in the dev container", editor.title());
                Err(Error::new(ErrorKind::Engine, text).because(refusal.clone()))
            }
            None => Ok(answer(&ended)),
        }
    }
}

fn is_installed(editor: Editor, environment: &Environment) -> bool {
    find(editor.programs(), environment).is_some()
}

fn find(programs: &[&str], environment: &Environment) -> Option<PathBuf> {
    programs.iter().find_map(|program| environment.find_program(program))
}

fn argv(program: &str, arguments: &[String]) -> Vec<String> {
    [&[program.to_owned()], arguments].concat()
}

fn missing(editor: Editor) -> Error {
    let programs = editor.programs().join(" or ");
    Error::new(ErrorKind::NotFound, format!("{} is not on PATH: there is no {programs}", editor.title()))
        .hint("Install its command, which most editors offer in their command palette.")
        .hint("See the commands of the other editors with `devc open --print`.")
}

fn unknown_to(editor: Editor) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{} cannot be led to this dev container", editor.title()))
        .because("it finds dev containers by the folder of their project, and this one carries none")
        .hint("Open it in VS Code, Cursor, Neovim or a shell.")
}
