//! What every verb is given.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::cli::{LoginServerArgs, OutputArgs};
use crate::commands::options::{EngineArgs, RegistryArgs};
use crate::engine::{Endpoint, Engine};
use crate::error::Result;
use crate::event::{Events, Level};
use crate::execute::{QuietContainers, RunningProcesses, TemporaryContainers};
use crate::host::{Environment, Tree};
use crate::preferences::Preferences;
use crate::registry::{Logins, Registry};
use crate::ui::Palette;

/// The world as a verb sees it.
#[derive(Clone)]
pub struct Context {
    /// The process environment.
    pub environment: Environment,
    /// Where to report.
    pub events: Events,
    /// Processes inside containers, to be ended on Ctrl-C.
    pub running: RunningProcesses,
    /// Containers for a while, to be removed on Ctrl-C.
    pub temporary: TemporaryContainers,
    /// Containers that hold still for a while, to be resumed on Ctrl-C.
    pub quiet: QuietContainers,
    /// The content of `--secrets-file`.
    pub secrets: BTreeMap<String, String>,
    /// What the user has settled for this machine.
    pub preferences: Preferences,
    /// How to report.
    pub output: OutputArgs,
    /// Which hosts may log users in for a registry.
    pub login_servers: LoginServerArgs,
    /// Whether the program stands in for the reference CLI, under its name.
    pub is_drop_in: bool,
    /// Whether text on stderr may carry colours.
    pub color: bool,
    /// How wide text on stdout may be; `None` for no limit.
    pub columns: Option<usize>,
    /// The colours of text on stdout.
    pub result_palette: Palette,
}

/// What a verb has to say on standard output.
#[derive(Debug)]
pub enum Answer {
    /// One line of JSON.
    Json(Value),
    /// Text as it is.
    Text(String),
    /// Nothing more: the command's own output was all. The process ends with this exit code.
    Exit(u8),
    /// Text as it is, and this exit code: a report of what may have failed.
    Report(String, u8),
}

impl Context {
    /// The same world for one of several things that are done at once, which reports to `events`.
    pub fn about(&self, subject: &str, events: &Events) -> Self {
        Self { events: events.about(subject), ..self.clone() }
    }

    /// A connection to the engine.
    pub fn engine(&self, args: &EngineArgs) -> Result<Engine> {
        let logins = Logins::of_docker(&self.environment);
        Engine::connect(Endpoint::discover(&self.environment)?, args.docker_path.clone(), logins)
    }

    /// The files of a repository. What cannot be read is told, and left out.
    pub fn walk(&self, root: &Path) -> Result<Tree> {
        let tree = Tree::walk(root)?;
        for sentence in &tree.unreadable {
            self.events.notice(Level::Warning, format!("Left out: {sentence}"));
        }
        Ok(tree)
    }

    /// A client for all registries. It connects to nothing before something is asked that its cache cannot answer.
    ///
    /// Fails with [`ErrorKind::Usage`](crate::ErrorKind::Usage) when the mirror table or a login server has a mistake.
    pub fn registry(&self, args: &RegistryArgs) -> Result<Registry> {
        Ok(Registry::new(args.options(self)?, self.events.clone()))
    }
}
