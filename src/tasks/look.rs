//! What tasks look at: programs, files that they read, files that they make. Questions for a script, and its answers.

use std::collections::BTreeMap;

use super::pattern::Pattern;
use super::verdict::digest;
use super::{Stamp, Task};
use crate::config::hook::shell_text;

/// The mark of a folder in the mode of a file, as `stat` has it.
const FOLDER: u32 = 0o040_000;
const KIND: u32 = 0o170_000;

/// The line that ends each answer.
pub const ANSWERED: &str = "?";

/// What is asked about a task, each question with its own answer: see `templates/look.sh`.
#[derive(Clone, Debug)]
pub enum Question {
    /// Where a program is, and which file that is.
    Tool(String),
    /// What matches a pattern.
    Outputs(Pattern),
    /// What matches a pattern, and what is in it.
    Inputs(Pattern),
}

/// The files that a task reads, with the digests of their contents.
pub type Inputs = BTreeMap<String, String>;

/// What was seen of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Its programs.
    pub tools: Vec<String>,
    /// The files that it reads, as far as they were asked for.
    pub inputs: Inputs,
    /// The files that it makes.
    pub outputs: Vec<String>,
    /// The patterns of outputs that nothing matches.
    pub missing: Vec<String>,
}

impl Task {
    /// What has to be known before it may be skipped; nothing for a task that always runs.
    pub fn questions(&self, with_inputs: bool) -> Vec<Question> {
        if self.inputs.is_empty() {
            return Vec::new();
        }
        let patterns = |texts: &[String]| -> Vec<Pattern> {
            texts.iter().filter_map(|text| Pattern::parse(text).ok()).collect()
        };
        let tools = self.programs().into_iter().map(Question::Tool);
        let outputs = patterns(&self.outputs).into_iter().map(Question::Outputs);
        let inputs = patterns(&self.inputs).into_iter().map(Question::Inputs);
        tools.chain(outputs).chain(inputs.filter(|_| with_inputs)).collect()
    }

    /// What the words of its command name first. A word too many does no harm: there is no program of that name.
    fn programs(&self) -> Vec<String> {
        let Some(script) = shell_text(&self.argv) else { return self.argv[..1].to_vec() };
        let commands = script.split(['&', '|', ';', '\n', '(', ')']);
        let first =
            |command: &str| command.split_whitespace().find(|word| !word.contains('=')).map(str::to_owned);
        let mut programs: Vec<String> = commands.filter_map(first).filter(|word| is_plain(word)).collect();
        programs.sort_unstable();
        programs.dedup();
        programs
    }
}

fn is_plain(word: &str) -> bool {
    word.chars().all(|letter| letter.is_alphanumeric() || "._+-/@".contains(letter)) && !word.starts_with('-')
}

impl Question {
    /// The question in the words of the script.
    pub fn words(&self) -> Vec<String> {
        let area = |kind: &str, pattern: &Pattern, depth: usize| {
            let place = if pattern.is_at_home { "home" } else { "here" };
            vec![kind.to_owned(), place.to_owned(), pattern.base.clone(), depth.to_string()]
        };
        match self {
            Self::Tool(name) => vec!["tool".to_owned(), name.clone()],
            // One level more shows whether a folder is empty.
            Self::Outputs(pattern) => area("outputs", pattern, pattern.depth + 1),
            Self::Inputs(pattern) => area("inputs", pattern, usize::from(u8::MAX)),
        }
    }
}

impl Sight {
    /// Takes the answers to `questions` off the lines that the script wrote.
    pub fn take<'t>(questions: &[Question], lines: &mut impl Iterator<Item = &'t str>) -> Self {
        let mut sight = Self::default();
        for question in questions {
            let answer: Vec<&str> = lines.take_while(|line| *line != ANSWERED).collect();
            match question {
                Question::Tool(name) => sight.tools.push(format!("{name} {}", answer.join(" "))),
                Question::Outputs(pattern) => sight.see_outputs(pattern, &answer),
                Question::Inputs(pattern) => sight.see_inputs(pattern, &answer),
            }
        }
        sight.outputs.sort_unstable();
        sight.outputs.dedup();
        sight
    }

    /// A file is known by its size and time. A folder is there if something is in it: what other tasks do in it
    /// changes its time.
    fn see_outputs(&mut self, pattern: &Pattern, answer: &[&str]) {
        let found: Vec<(&str, &str)> = answer.iter().filter_map(|line| line.split_once('\t')).collect();
        let paths: Vec<&str> =
            found.iter().map(|(_, path)| path.strip_prefix("./").unwrap_or(path)).collect();
        let before = self.outputs.len();
        for ((facts, _), path) in found.iter().zip(&paths).filter(|(_, path)| pattern.names(path)) {
            let mode = facts.split(' ').next().and_then(|mode| u32::from_str_radix(mode, 16).ok());
            if mode.is_none_or(|mode| mode & KIND != FOLDER) {
                self.outputs.push(format!("{path} {facts}"));
            } else if paths.iter().any(|inside| is_inside(inside, path)) {
                self.outputs.push((*path).to_owned());
            }
        }
        if self.outputs.len() == before {
            self.missing.push(pattern.to_string());
        }
    }

    fn see_inputs(&mut self, pattern: &Pattern, answer: &[&str]) {
        let found = answer.iter().filter_map(|line| line.split_once("  "));
        let found = found.map(|(digest, path)| (path.strip_prefix("./").unwrap_or(path), digest));
        let named = found.filter(|(path, _)| pattern.covers(path));
        self.inputs.extend(named.map(|(path, digest)| (path.to_owned(), digest.to_owned())));
    }

    /// What the task depends on, as it was seen.
    pub fn stamp(&self, task: &Task) -> Stamp {
        let inputs: Vec<String> =
            self.inputs.iter().map(|(path, digest)| format!("{path} {digest}")).collect();
        Stamp {
            command: digest(task.identity()),
            env: digest(task.env.iter().map(|(name, value)| format!("{name}={value}"))),
            tools: digest(&self.tools),
            inputs: digest(&inputs),
            outputs: digest(&self.outputs),
        }
    }
}

fn is_inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::hook::shell;

    fn task(script: &str) -> Task {
        Task::new("x", 0, shell(script))
    }

    #[test]
    fn the_programs_of_a_command_are_asked_for() {
        let programs = task("CI=1 npm ci && (cd web; npm run build) | tee log || ./x.sh --y").programs();
        assert_eq!(programs, ["./x.sh", "cd", "npm", "tee"]);
        assert_eq!(Task::new("x", 0, vec!["make".into(), "all".into()]).programs(), ["make"]);
    }

    #[test]
    fn a_task_without_inputs_asks_nothing() {
        assert!(task("make").questions(true).is_empty());
    }

    #[test]
    fn answers_are_told_apart() {
        let task = Task {
            inputs: vec!["package.json".into()],
            outputs: vec!["node_modules".into(), "dist/*.js".into(), "gone".into()],
            ..task("npm ci")
        };
        let text = "/usr/bin/npm 81a4 54\n?\n\
            41ed 4096 t\tnode_modules\n81a4 5 t\tnode_modules/.package-lock.json\n?\n\
            41ed 4096 t\tdist\n81a4 7 t1\tdist/a.js\n81a4 9 t\tdist/a.css\n?\n?\n\
            abc  package.json\n?\n";
        let sight = Sight::take(&task.questions(true), &mut text.lines());
        let expected = Sight {
            tools: vec!["npm /usr/bin/npm 81a4 54".into()],
            inputs: [("package.json".to_owned(), "abc".to_owned())].into(),
            outputs: vec!["dist/a.js 81a4 7 t1".into(), "node_modules".into()],
            missing: vec!["gone".into()],
        };
        assert_eq!(sight, expected);
    }

    #[test]
    fn an_empty_folder_is_not_there() {
        let task = Task { inputs: vec!["x".into()], outputs: vec!["out".into()], ..task("") };
        let sight = Sight::take(&task.questions(false), &mut "41ed 4096 t\tout\n?\n".lines());
        assert_eq!(sight.missing, ["out"]);
    }
}
