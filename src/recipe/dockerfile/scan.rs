//! What a Dockerfile says about its image before it is built: base image, user, stages.

use std::collections::BTreeMap;

use super::expand::{Environment, expand, words};
use super::graph::{self, Taking};
use super::lex::{Instruction, Source, lex};
use super::syntax::Syntax;
use crate::{Error, ErrorKind, Result};

/// The values that a build brings along.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// `--build-arg` values, which win over an `ARG`'s default.
    pub build_args: BTreeMap<String, String>,
    /// What BuildKit provides by itself; see [`platform_args`].
    pub platform_args: BTreeMap<String, String>,
}

/// The arguments that BuildKit derives from the two platforms, such as `linux/arm64/v8`.
pub fn platform_args(build: &str, target: &str) -> BTreeMap<String, String> {
    let mut args = BTreeMap::new();
    for (prefix, platform) in [("BUILD", build), ("TARGET", target)] {
        let mut parts = platform.splitn(3, '/');
        args.insert(format!("{prefix}PLATFORM"), platform.to_owned());
        for part in ["OS", "ARCH", "VARIANT"] {
            args.insert(format!("{prefix}{part}"), parts.next().unwrap_or_default().to_owned());
        }
    }
    args
}

/// The image that a target stage is based on in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseImage {
    /// Its name, expanded. `scratch` is no image.
    pub name: String,
    /// The `--platform` of its `FROM`, expanded.
    pub platform: Option<String>,
}

/// What a Dockerfile says about the image of its target stage.
#[derive(Debug)]
pub struct DockerfileFacts {
    pub(super) stages: Vec<Stage>,
    pub(super) target: usize,
    globals: Environment,
    build_args: BTreeMap<String, String>,
    escape: char,
    syntax: Option<Syntax>,
}

#[derive(Debug)]
pub(super) struct Stage {
    pub name: Option<String>,
    base: BaseImage,
    /// The earlier stage that `base` names.
    pub parent: Option<usize>,
    /// What its instructions take files from.
    pub takings: Vec<Taking>,
    /// Whether there is something to build in it.
    pub works: bool,
    steps: Vec<Step>,
}

/// An instruction that matters for the user in force.
#[derive(Debug)]
enum Step {
    Arg(Vec<(String, Option<String>)>),
    Env(Vec<(String, String)>),
    User(String),
}

/// Reads a Dockerfile for the stage `target`, or for the last one.
pub fn scan(text: &str, variables: &Variables, target: Option<&str>) -> Result<DockerfileFacts> {
    let source = lex(text)?;
    let mut scanner = Scanner::new(&source, variables);
    for instruction in &source.instructions {
        scanner.read(instruction)?;
    }
    let Scanner { stages, globals, .. } = scanner;
    let target = target_index(&stages, target)?;
    Ok(DockerfileFacts {
        stages,
        target,
        globals,
        build_args: variables.build_args.clone(),
        escape: source.directives.escape,
        syntax: source.directives.syntax.clone(),
    })
}

impl DockerfileFacts {
    /// The image below the target stage and below all stages that it builds on.
    pub fn base_image(&self) -> &BaseImage {
        let first = self.lineage(self.target)[0];
        &self.stages[first].base
    }

    /// The user that a container of the target stage runs as, given what its base image brings.
    ///
    /// An empty `USER` is root, as it is for the engine.
    pub fn user(&self, base_environment: &BTreeMap<String, String>, base_user: &str) -> String {
        let mut environment = base_environment.clone();
        let mut user = base_user.to_owned();
        for stage in self.lineage(self.target) {
            for step in &self.stages[stage].steps {
                self.apply(step, &mut environment, &mut user);
            }
        }
        if user.is_empty() { "root".to_owned() } else { user }
    }

    /// The name of the target stage, in lower case.
    pub fn target_name(&self) -> Option<&str> {
        self.stages[self.target].name.as_deref()
    }

    /// The number of the target stage, from 0.
    pub fn target_index(&self) -> usize {
        self.target
    }

    /// The name of the last stage, in lower case.
    pub fn last_stage_name(&self) -> Option<&str> {
        self.stages.last().and_then(|stage| stage.name.as_deref())
    }

    /// For each stage what its `FROM` names, and the earlier stage that this is.
    pub fn stages(&self) -> impl Iterator<Item = (&BaseImage, Option<usize>)> {
        self.stages.iter().map(|stage| (&stage.base, stage.parent))
    }

    /// The `# syntax=` directive.
    pub fn syntax(&self) -> Option<&Syntax> {
        self.syntax.as_ref()
    }

    /// A stage and those it builds on, the lowest first.
    pub(super) fn lineage(&self, stage: usize) -> Vec<usize> {
        let mut lineage = vec![stage];
        let mut next = self.stages[stage].parent;
        while let Some(stage) = next {
            lineage.push(stage);
            next = self.stages[stage].parent;
        }
        lineage.reverse();
        lineage
    }

    fn apply(&self, step: &Step, environment: &mut Environment, user: &mut String) {
        match step {
            Step::Arg(args) => {
                for (name, default) in args {
                    let value = self.argument(name, default.as_deref(), environment);
                    environment.extend(value.map(|value| (name.clone(), value)));
                }
            }
            // All pairs of one ENV see the variables from before it.
            Step::Env(pairs) => {
                let before = environment.clone();
                for (name, value) in pairs {
                    let name = expand(name, self.escape, &before);
                    environment.insert(name, expand(value, self.escape, &before));
                }
            }
            Step::User(name) => *user = expand(name, self.escape, environment),
        }
    }

    /// The value of an `ARG` inside a stage; only there do those before the first `FROM` count by name.
    fn argument(&self, name: &str, default: Option<&str>, environment: &Environment) -> Option<String> {
        let given = self.build_args.get(name).cloned();
        given
            .or_else(|| default.map(|default| expand(default, self.escape, environment)))
            .or_else(|| self.globals.get(name).cloned())
    }
}

struct Scanner<'a> {
    source: &'a Source<'a>,
    variables: &'a Variables,
    /// Platform arguments and the `ARG`s before the first `FROM`.
    globals: Environment,
    stages: Vec<Stage>,
}

impl<'a> Scanner<'a> {
    fn new(source: &'a Source<'a>, variables: &'a Variables) -> Self {
        Self { source, variables, globals: variables.platform_args.clone(), stages: Vec::new() }
    }

    fn read(&mut self, instruction: &Instruction) -> Result<()> {
        let keyword = instruction.keyword.as_str();
        if keyword == "from" {
            let stage = self.stage(instruction)?;
            self.stages.push(stage);
            return Ok(());
        }
        let escape = self.source.directives.escape;
        let arguments = instruction.arguments.as_str();
        match self.stages.last_mut() {
            Some(stage) => {
                stage.steps.extend(step(keyword, arguments, escape));
                stage.takings.extend(Taking::all(instruction, escape));
                stage.works |= graph::works(instruction);
            }
            None if keyword == "arg" => self.global(arguments),
            None => {
                let what = format!("{} stands before the first FROM", keyword.to_ascii_uppercase());
                return Err(self.source.error_at(instruction.span.start, what));
            }
        }
        Ok(())
    }

    fn global(&mut self, arguments: &str) {
        let escape = self.source.directives.escape;
        for (name, default) in args(arguments, escape) {
            let given = self.variables.build_args.get(&name).cloned();
            let value = given.or_else(|| default.map(|default| expand(&default, escape, &self.globals)));
            self.globals.extend(value.map(|value| (name, value)));
        }
    }

    fn stage(&self, from: &Instruction) -> Result<Stage> {
        let parts = FromParts::read(from).ok_or_else(|| {
            self.source.error_at(from.span.start, "FROM takes an image and perhaps AS with a name")
        })?;
        let resolve = |word: &str| expand(word, self.source.directives.escape, &self.globals);
        let image = resolve(parts.image);
        if image.is_empty() {
            let what = format!("there is no value for the image {}", parts.image);
            return Err(self.source.error_at(from.span.start, what));
        }
        let lower = image.to_ascii_lowercase();
        // Of two stages with one name the later one counts, and a stage never builds on itself.
        let parent = self.stages.iter().rposition(|stage| stage.name.as_deref() == Some(lower.as_str()));
        Ok(Stage {
            name: parts.name.map(str::to_ascii_lowercase),
            base: BaseImage { name: image, platform: parts.platform.map(resolve) },
            parent,
            takings: Vec::new(),
            works: false,
            steps: Vec::new(),
        })
    }
}

/// The words of a `FROM`.
pub struct FromParts<'a> {
    /// The image or stage, as typed.
    pub image: &'a str,
    /// The name after `AS`, as typed.
    pub name: Option<&'a str>,
    /// Where the image ends in the arguments.
    pub image_end: usize,
    platform: Option<&'a str>,
}

impl<'a> FromParts<'a> {
    /// Takes the arguments of a `FROM` apart.
    pub fn read(from: &'a Instruction) -> Option<Self> {
        let mut platform = None;
        let mut words = from.arguments.split_whitespace().peekable();
        while let Some(option) = words.next_if(|word| word.starts_with("--")) {
            platform = option.strip_prefix("--platform=").or(platform);
        }
        let image = words.next()?;
        let name = match (words.next(), words.next(), words.next()) {
            (None, ..) => None,
            (Some(keyword), Some(name), None) if keyword.eq_ignore_ascii_case("as") => Some(name),
            _ => return None,
        };
        // The words are slices of the arguments, so their addresses tell where they are.
        let image_end = image.as_ptr().addr() - from.arguments.as_ptr().addr() + image.len();
        Some(Self { image, name, image_end, platform })
    }
}

fn step(keyword: &str, arguments: &str, escape: char) -> Option<Step> {
    match keyword {
        "arg" => Some(Step::Arg(args(arguments, escape))),
        "env" => Some(Step::Env(env(arguments, escape))),
        "user" => Some(Step::User(arguments.to_owned())),
        _ => None,
    }
}

fn args(arguments: &str, escape: char) -> Vec<(String, Option<String>)> {
    let named = |word: String| match word.split_once('=') {
        Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
        None => (word, None),
    };
    words(arguments, escape).into_iter().map(named).collect()
}

/// Both forms: `ENV a=1 b=2` and the old `ENV a the rest of the line`.
fn env(arguments: &str, escape: char) -> Vec<(String, String)> {
    let words = words(arguments, escape);
    if words.first().is_some_and(|first| !first.contains('=')) {
        let (name, value) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
        return vec![(name.to_owned(), value.trim_start().to_owned())];
    }
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Finds the stage `target` by name, or by number as the classic builder did; without one, the last.
fn target_index(stages: &[Stage], target: Option<&str>) -> Result<usize> {
    let last = stages.len().checked_sub(1).ok_or_else(|| {
        // The reference CLI's words.
        Error::new(ErrorKind::Config, "Error parsing Dockerfile: Dockerfile contains no FROM instructions")
    })?;
    let Some(target) = target else {
        return Ok(last);
    };
    let lower = target.to_ascii_lowercase();
    let by_name = stages.iter().rposition(|stage| stage.name.as_deref() == Some(lower.as_str()));
    let by_number = || target.parse().ok().filter(|number| *number <= last);
    by_name.or_else(by_number).ok_or_else(|| unknown_stage(stages, target))
}

fn unknown_stage(stages: &[Stage], target: &str) -> Error {
    let names: Vec<&str> = stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
    let error = Error::new(ErrorKind::Config, format!("The Dockerfile has no stage named {target}"));
    if names.is_empty() {
        return error.hint("Name a stage with FROM ... AS, or remove the target.");
    }
    error.hint(format!("Use one of its stages as the target: {}.", names.join(", ")))
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
