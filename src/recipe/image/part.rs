//! One stack's share of the file: which stages it has, and what is in them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ImageOptions;
use super::WORK_FOLDER;
use super::ground::Chosen;
use super::step::{Login, Step};
use super::words::{copies, copy_folder, inside, shell_word};
use crate::stack::{Cache, Stack};

/// The stage with all that the system brings.
const SYSTEM: &str = "system-deps";

/// An image cannot have more than 127 layers.
const MOST_COPIES: usize = 40;

/// What the texts need to know of a stack.
#[derive(Debug, Serialize)]
pub struct Part {
    /// Folder and manager, as part of a stage's name.
    pub id: String,
    /// The folder as people say it.
    pub folder: String,
    manager: String,
    /// The folder in the image.
    pub place: String,
    /// The front of `PATH`.
    pub path: Vec<String>,
    environment: BTreeMap<String, String>,
    note: Option<String>,
    lockfile: Option<String>,
    login: Option<Login>,
    /// Dependencies, installed before the source comes.
    pub deps: Option<Install>,
    /// What development adds to them.
    pub development: Option<Install>,
    /// What production leaves of them.
    pub pruned: Option<Step>,
    /// `COPY`'s arguments for the source.
    source: String,
    /// Why dependencies are not built apart.
    obstacle: Option<String>,
    /// What the build does.
    pub build: Option<Step>,
    /// What the tests do.
    pub test: Option<Step>,
    /// The stage with all dependencies.
    ready: String,
    /// Whether that stage has the source already.
    has_source: bool,
    /// Whether dependencies are files of the project, not of a cache.
    pub keeps_dependencies: bool,
}

/// What an install reads and does.
#[derive(Debug, Serialize)]
pub struct Install {
    /// What needs no file of the project.
    prepared: Option<Step>,
    copies: Vec<String>,
    /// Copies to a folder what is read from too many others, for a stage of its own.
    gathered: Option<Step>,
    stand_ins: Option<Step>,
    run: Step,
}

/// A stack, and what was decided for all of them.
pub struct Planner<'a> {
    /// The stack.
    pub stack: &'a Stack<'a>,
    /// What it runs on.
    pub runtime: Option<Chosen<'a>>,
    /// What the team has chosen.
    pub options: &'a ImageOptions,
}

impl Planner<'_> {
    /// Decides what the stack's stages are.
    pub fn part(&self, id: String) -> Part {
        let stack = self.stack;
        let table = stack.table;
        let deps = self.deps();
        let development = self.development(deps.is_some());
        let ready = match (&development, &deps) {
            (Some(_), _) => format!("deps-dev-{id}"),
            (None, Some(_)) => format!("deps-{id}"),
            (None, None) => SYSTEM.to_owned(),
        };
        let file_name = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
        let exact = table.install.needs.as_ref().or(stack.lockfile.as_ref()).filter(|_| stack.is_locked());
        let prod = table.prod.as_ref();
        Part {
            folder: if stack.folder.is_empty() { "the project".to_owned() } else { stack.folder.clone() },
            manager: table.name.clone(),
            place: self.place(),
            path: table.install.path.iter().map(|folder| inside(&self.place(), folder)).collect(),
            environment: prod.map(|prod| prod.build_environment.clone()).unwrap_or_default(),
            note: self.note(),
            lockfile: exact.map(file_name),
            login: self.login(),
            pruned: self.pruned().filter(|_| deps.is_some()),
            source: copy_folder(&stack.folder),
            obstacle: stack
                .facts
                .obstacle
                .as_ref()
                .map(|(found, because)| format!("{because} ({})", found.file)),
            build: self.build(),
            test: self.task("test").map(|command| self.source_step(vec![command.to_owned()], true)),
            has_source: deps.is_some() && self.needs_source(),
            keeps_dependencies: self.keeps_dependencies() && deps.is_some(),
            deps,
            development,
            ready,
            id,
        }
    }

    fn place(&self) -> String {
        inside(WORK_FOLDER, &self.stack.folder)
    }

    fn keeps_dependencies(&self) -> bool {
        !self.stack.table.outputs.dependencies.is_empty()
    }

    fn needs_source(&self) -> bool {
        self.stack.table.install.unlocked_needs_source && !self.stack.is_locked()
    }

    /// What the repository asks for, where something else decides.
    fn note(&self) -> Option<String> {
        let (asked, chosen) = (self.stack.runtime.as_ref()?, self.runtime.as_ref()?);
        let decided = match &self.options.base {
            Some(_) => "the version here is the base image's".to_owned(),
            None if chosen.version == asked.text => return None,
            None => format!("another folder has decided for {}, and there can only be one", chosen.version),
        };
        Some(format!("{} asks for {} {}; {decided}.", asked.file, chosen.runtime.name, asked.text))
    }

    fn login(&self) -> Option<Login> {
        let path = self.options.login(self.stack)?;
        Some(Login::new(path, &self.options.user))
    }

    /// The tool and the version that caches belong to.
    fn cache_version(&self) -> String {
        let Some(chosen) = &self.runtime else { return "1".to_owned() };
        let version = if self.options.base.is_none() { chosen.version.as_str() } else { "" };
        format!("{}{version}", chosen.runtime.name)
    }

    fn with_caches<'c>(&self, step: Step, caches: impl IntoIterator<Item = &'c Cache>) -> Step {
        let version = self.cache_version();
        let mount = |step: Step, cache| step.cached(cache, &self.place(), &version, &self.options.user);
        caches.into_iter().fold(step, mount)
    }

    /// A step of the install: with its caches, and with a login.
    fn install_step(&self, commands: Vec<String>) -> Step {
        let step = self.with_caches(Step::new(commands), &self.stack.table.caches);
        match self.login() {
            Some(login) => step.with_login(&login),
            None => step,
        }
    }

    fn deps(&self) -> Option<Install> {
        let (stack, table) = (self.stack, self.stack.table);
        let command = stack.install_command()?;
        if stack.facts.obstacle.is_some() {
            return None;
        }
        let command = table.apart.as_ref().map_or(command, |apart| &apart.command);
        let prepare = &table.install.prepare;
        let copies = match self.needs_source() {
            true => vec![copy_folder(&stack.folder)],
            false => copies(&stack.facts.inputs, &stack.folder),
        };
        Some(Install {
            prepared: (!prepare.is_empty()).then(|| Step::new(prepare.iter().cloned())),
            gathered: (copies.len() > MOST_COPIES).then(|| self.gathered()),
            copies,
            stand_ins: self.stand_ins(),
            run: self.install_step(vec![command.to_owned()]),
        })
    }

    fn gathered(&self) -> Step {
        let files = self.stack.facts.inputs.iter().map(|file| shell_word(self.below(file)));
        let files = files.collect::<Vec<_>>().join(" ");
        let folder = shell_word(&inside("/source", &self.stack.folder));
        Step::new([format!("cd {folder}"), format!("cp --parents -t /gathered {files}")])
    }

    /// A file's path from the project's folder on.
    fn below<'f>(&self, file: &'f str) -> &'f str {
        file.strip_prefix(&self.stack.folder).unwrap_or(file).trim_start_matches('/')
    }

    /// Empty files in the places of the source, for a manager that wants to see some.
    fn stand_ins(&self) -> Option<Step> {
        let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut folders = Vec::new();
        for (file, text) in &self.stack.facts.stand_ins {
            let below = self.below(file);
            folders.extend(below.rsplit_once('/').map(|(folder, _)| shell_word(folder)));
            texts.entry(text).or_default().push(shell_word(below));
        }
        folders.sort();
        folders.dedup();
        let mut commands = vec![format!("mkdir -p {}", folders.join(" "))];
        commands.extend(texts.into_iter().map(|(text, files)| match text {
            "" => format!("touch {}", files.join(" ")),
            text => format!("echo '{text}' | tee {} >/dev/null", files.join(" ")),
        }));
        (!folders.is_empty()).then(|| Step::new(commands))
    }

    fn development(&self, has_deps: bool) -> Option<Install> {
        let commands = &self.stack.facts.development;
        if !has_deps || commands.is_empty() || self.needs_source() {
            return None;
        }
        let run = self.install_step(commands.iter().map(|command| (*command).to_owned()).collect());
        Some(Install { prepared: None, copies: Vec::new(), gathered: None, stand_ins: None, run })
    }

    fn pruned(&self) -> Option<Step> {
        let command = &self.stack.table.install.production;
        let wanted = !command.is_empty() && self.stack.facts.site.is_none();
        wanted.then(|| self.install_step(vec![command.clone()]))
    }

    fn task(&self, name: &str) -> Option<&str> {
        self.stack.tasks.iter().find(|(known, _)| *known == name).map(|(_, command)| *command)
    }

    fn build(&self) -> Option<Step> {
        let command = self.task("build")?;
        let collect = self.stack.table.prod.as_ref().and_then(|prod| prod.collect.clone());
        let is_apart = self.stack.table.apart.is_some() && self.stack.facts.obstacle.is_none();
        Some(self.source_step([Some(command.to_owned()), collect].into_iter().flatten().collect(), !is_apart))
    }

    /// A step that reads the source. Where no folder of the project has the dependencies, caches have them; what it
    /// makes is kept too where that was not made before.
    fn source_step(&self, commands: Vec<String>, keeps_results: bool) -> Step {
        let table = self.stack.table;
        let refresh = table.apart.as_ref().map(|apart| apart.refresh.clone());
        let step = Step::new(refresh.into_iter().chain(commands));
        let step = if self.keeps_dependencies() { step } else { self.with_caches(step, &table.caches) };
        match &table.apart {
            Some(apart) if keeps_results => self.with_caches(step, &apart.caches),
            _ => step,
        }
    }
}
