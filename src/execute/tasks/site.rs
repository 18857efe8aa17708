//! Where tasks run: what the container and this machine have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::slice;
use std::time::Duration;

use super::LOOK;
use crate::config::hook::shell;
use crate::error::Result;
use crate::execute::tasks::{ContainerSite, LocalSite, TaskOutput};
use crate::tasks::{ANSWERED, Inputs, Question, Sight, Task};

/// A place where tasks run.
pub enum Site<'a> {
    /// A container.
    Container(ContainerSite<'a>),
    /// The machine that `devc` runs on, which may be a container too.
    Local(LocalSite),
}

/// A command of a task.
#[derive(Clone, Debug, Default)]
pub struct TaskCommand {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Where it runs, from the folder of the site on.
    pub cwd: Option<String>,
    /// Variables on top of those of the site.
    pub env: BTreeMap<String, String>,
    /// As whom it runs, where the site has several users.
    pub user: Option<String>,
    /// A command without whose success nothing runs.
    pub when: Option<String>,
    /// What to look at afterwards.
    pub questions: Vec<Question>,
}

/// Why a process is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It takes too long.
    Timeout,
    /// Another task has failed.
    GivenUp,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By itself, with this exit code.
    Code(i64),
    /// It was ended.
    Stopped(Stop),
    /// It did not run, since its condition does not hold.
    NotNeeded,
}

impl How {
    /// The exit code, of a process that ended by itself.
    pub fn code(self) -> Option<i64> {
        match self {
            Self::Code(code) => Some(code),
            Self::Stopped(_) | Self::NotNeeded => None,
        }
    }
}

/// What is known of a process that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How it ended.
    pub how: How,
    /// Its time on processors, as far as the place tells.
    pub cpu: Option<Duration>,
    /// The most memory that one of its processes had, as far as the place tells.
    pub peak_memory: Option<u64>,
    /// The answers to the questions of the command.
    pub sight: Sight,
}

impl Ended {
    /// The end of a process of which nothing else is known.
    pub(super) fn of(how: How) -> Self {
        Self { how, cpu: None, peak_memory: None, sight: Sight::default() }
    }
}

impl From<&Task> for TaskCommand {
    fn from(task: &Task) -> Self {
        Self {
            argv: task.argv.clone(),
            cwd: task.cwd.clone(),
            env: task.env.clone(),
            user: task.user.clone(),
            when: task.when.clone(),
            questions: task.questions(false),
        }
    }
}

impl Site<'_> {
    /// Runs a command to its end, or until `stop` says why it has to end.
    pub async fn run(
        &self,
        command: &TaskCommand,
        output: &mut TaskOutput<'_>,
        stop: impl Future<Output = Stop>,
    ) -> Result<Ended> {
        match self {
            Self::Container(site) => site.run(command, output, stop).await,
            Self::Local(site) => site.run(command, output, stop).await,
        }
    }

    /// The files that a task reads, with what is in them, where that can be seen without asking the site.
    pub fn inputs(&self, task: &Task) -> Option<Inputs> {
        match self {
            Self::Container(site) => site.inputs(task),
            Self::Local(site) => Some(site.inputs(task)),
        }
    }

    /// Asks about several tasks at once, and nothing twice: many tasks have the same program.
    pub async fn look(&self, questions: &[(Option<String>, Vec<Question>)]) -> Result<Vec<Sight>> {
        if questions.iter().all(|(_, questions)| questions.is_empty()) {
            return Ok(vec![Sight::default(); questions.len()]);
        }
        let in_words = |(cwd, questions): &(Option<String>, Vec<Question>)| -> Vec<Vec<String>> {
            questions.iter().map(|question| look_words(cwd.as_deref(), slice::from_ref(question))).collect()
        };
        let asked: Vec<Vec<Vec<String>>> = questions.iter().map(in_words).collect();
        let different: BTreeSet<&Vec<String>> = asked.iter().flatten().collect();
        let words = different.iter().copied().flatten().cloned().collect();
        let text = match self {
            Self::Container(site) => site.look(words).await?,
            Self::Local(site) => site.look(words).await?,
        };
        let mut lines = text.lines();
        let mut answer = || lines.by_ref().take_while(|line| *line != ANSWERED).chain([ANSWERED]).collect();
        let answers: BTreeMap<&Vec<String>, Vec<&str>> =
            different.into_iter().map(|words| (words, answer())).collect();
        let sight = |((_, questions), asked): (&(_, Vec<Question>), &Vec<_>)| {
            Sight::take(questions, &mut asked.iter().flat_map(|words| &answers[words]).copied())
        };
        Ok(questions.iter().zip(&asked).map(sight).collect())
    }
}

/// The command that answers questions in the words of the script.
pub(super) fn look_command(words: Vec<String>) -> Vec<String> {
    let script = shell(&format!("{LOOK}look \"$@\""));
    script.into_iter().chain(["devc-look".to_owned()]).chain(words).collect()
}

/// The questions about one task, in the words of the script.
pub(super) fn look_words(cwd: Option<&str>, questions: &[Question]) -> Vec<String> {
    let place = ["in".to_owned(), cwd.unwrap_or(".").to_owned()];
    place.into_iter().chain(questions.iter().flat_map(Question::words)).collect()
}
