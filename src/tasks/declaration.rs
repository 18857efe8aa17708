//! `customizations.devc.prebuild`: the tasks of a project.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::config::hook::{self, HookCommand};
use crate::config::{Map, customization, duration};

/// How long to wait before the first retry where a task does not say.
const BACKOFF: Duration = Duration::from_secs(1);

/// The place of a task in [`Declaration::tasks`].
pub type TaskId = usize;

/// All tasks of a project, and how much may happen at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// Whether `up` runs them.
    pub on_up: bool,
    /// How many tasks may run at once.
    pub max_parallel: Option<usize>,
    /// How much there is of what tasks may use.
    pub resources: BTreeMap<String, u32>,
    /// The phases, one after the other.
    pub phases: Vec<Phase>,
    /// The tasks, phase by phase, in the order of the file.
    pub tasks: Vec<Task>,
}

/// Tasks that may run side by side, once all earlier phases are over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// How many of its tasks may run at once.
    pub max_parallel: Option<usize>,
}

/// One command with all that is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name, which no other task has.
    pub name: String,
    /// The index of its phase.
    pub phase: usize,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Where it runs, from the workspace folder on.
    pub cwd: Option<String>,
    /// Variables on top of all others.
    pub env: BTreeMap<String, String>,
    /// The tasks that must be done before.
    pub needs: Vec<String>,
    /// When it is given up.
    pub timeout: Option<Duration>,
    /// How often it is tried again after a failure.
    pub retries: u32,
    /// How long to wait before the first retry; twice as long before each further one.
    pub backoff: Duration,
    /// Patterns of the files that it reads. Without any, it always runs.
    pub inputs: Vec<String>,
    /// Patterns of the files that it makes.
    pub outputs: Vec<String>,
    /// What its failure means for the others.
    pub on_failure: OnFailure,
    /// Where it runs.
    pub place: Where,
    /// As whom it runs in the container.
    pub user: Option<String>,
    /// A command without whose success the task is left out.
    pub when: Option<String>,
    /// How much it uses of what there is a limit for.
    pub uses: BTreeMap<String, u32>,
}

/// What the failure of a task means for tasks that do not need it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// None of them starts any more, and those that run are ended.
    #[default]
    Stop,
    /// They go on.
    Continue,
}

/// Where a task runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Where {
    /// In the container.
    #[default]
    Container,
    /// On the machine that the container runs on.
    Host,
}

impl Declaration {
    /// Reads a checked configuration; `None` where it declares no tasks.
    pub fn read(configuration: &Map) -> Option<Self> {
        let said = customization(configuration, "devc")?.get("prebuild")?;
        let mut declaration = Self {
            on_up: said.get("onUp").and_then(Value::as_bool).unwrap_or_default(),
            max_parallel: count(said.get("maxParallel")),
            resources: numbers(said.get("resources")),
            ..Self::default()
        };
        for (index, (name, phase)) in said.get("phases")?.as_object()?.iter().enumerate() {
            declaration
                .phases
                .push(Phase { name: name.clone(), max_parallel: count(phase.get("maxParallel")) });
            let tasks = phase.get("tasks").and_then(Value::as_object).into_iter().flatten();
            declaration.tasks.extend(tasks.filter_map(|(name, value)| Task::read(name, index, value)));
        }
        Some(declaration)
    }

    /// The task with this name.
    pub fn find(&self, name: &str) -> Option<TaskId> {
        self.tasks.iter().position(|task| task.name == name)
    }
}

impl Task {
    /// A task that says nothing but what it runs.
    pub fn new(name: impl Into<String>, phase: usize, argv: Vec<String>) -> Self {
        Self {
            name: name.into(),
            phase,
            argv,
            cwd: None,
            env: BTreeMap::new(),
            needs: Vec::new(),
            timeout: None,
            retries: 0,
            backoff: BACKOFF,
            inputs: Vec::new(),
            outputs: Vec::new(),
            on_failure: OnFailure::default(),
            place: Where::default(),
            user: None,
            when: None,
            uses: BTreeMap::new(),
        }
    }

    /// The text that people know its command by.
    pub fn command_text(&self) -> String {
        hook::command_text(&self.argv)
    }

    fn read(name: &str, phase: usize, value: &Value) -> Option<Self> {
        let Value::Object(said) = value else { return Some(Self::new(name, phase, argv(value)?)) };
        let text = |property: &str| said.get(property).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            cwd: text("cwd"),
            env: said.get("env").and_then(Value::as_object).map(variables).unwrap_or_default(),
            needs: texts(said.get("needs")),
            timeout: time(said.get("timeout")),
            retries: said.get("retries").and_then(Value::as_u64).map_or(0, number),
            backoff: time(said.get("backoff")).unwrap_or(BACKOFF),
            inputs: texts(said.get("inputs")),
            outputs: texts(said.get("outputs")),
            on_failure: match text("onFailure").as_deref() {
                Some("continue") => OnFailure::Continue,
                _ => OnFailure::Stop,
            },
            place: match text("where").as_deref() {
                Some("host") => Where::Host,
                _ => Where::Container,
            },
            user: text("user"),
            when: text("when"),
            uses: match said.get("uses") {
                Some(value @ Value::Object(_)) => numbers(Some(value)),
                value => texts(value).into_iter().map(|name| (name, 1)).collect(),
            },
            ..Self::new(name, phase, argv(said.get("run")?)?)
        })
    }
}

/// The words of a command: a text is for the shell, a list is a program with its arguments.
fn argv(value: &Value) -> Option<Vec<String>> {
    HookCommand::from_value(value)?.argv()
}

fn variables(said: &Map) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    said.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// One text, or several.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// A number of seconds, or a text with a unit.
fn time(value: Option<&Value>) -> Option<Duration> {
    match value? {
        Value::String(text) => duration::parse(text),
        value => value.as_u64().map(Duration::from_secs),
    }
}

fn numbers(value: Option<&Value>) -> BTreeMap<String, u32> {
    let said = value.and_then(Value::as_object).into_iter().flatten();
    said.filter_map(|(name, value)| Some((name.clone(), number(value.as_u64()?)))).collect()
}

fn number(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn count(value: Option<&Value>) -> Option<usize> {
    usize::try_from(value?.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(prebuild: Value) -> Option<Declaration> {
        let configuration = json!({"customizations": {"devc": {"prebuild": prebuild}}});
        Declaration::read(configuration.as_object().unwrap())
    }

    #[test]
    fn a_task_may_be_no_more_than_its_command() {
        let declaration =
            read(json!({"phases": {"restore": {"tasks": {"npm": "npm ci", "pip": ["pip", "install"]}}}}));
        let expected = [
            Task::new("npm", 0, hook::shell("npm ci")),
            Task::new("pip", 0, ["pip", "install"].map(str::to_owned).to_vec()),
        ];
        assert_eq!(declaration.unwrap().tasks, expected);
    }

    #[test]
    fn all_that_can_be_said_is_read() {
        let declaration = read(json!({
            "maxParallel": 3,
            "resources": {"database": 1},
            "onUp": true,
            "phases": {
                "restore": {"maxParallel": 2, "tasks": {}},
                "build": {"tasks": {"web": {
                    "run": "npm run build", "cwd": "web", "env": {"CI": 1}, "needs": "npm", "timeout": "10m",
                    "retries": 2, "backoff": 5, "inputs": ["src/**"], "outputs": "dist", "onFailure": "continue",
                    "where": "host", "user": "root", "when": "test -d web", "uses": {"cpu": 2},
                }}},
            },
        }))
        .unwrap();
        assert_eq!((declaration.on_up, declaration.max_parallel), (true, Some(3)));
        assert_eq!(declaration.resources, [("database".to_owned(), 1)].into());
        assert_eq!(declaration.phases[0], Phase { name: "restore".into(), max_parallel: Some(2) });
        let task = Task {
            cwd: Some("web".into()),
            env: [("CI".to_owned(), "1".to_owned())].into(),
            needs: vec!["npm".into()],
            timeout: Some(Duration::from_secs(600)),
            retries: 2,
            backoff: Duration::from_secs(5),
            inputs: vec!["src/**".into()],
            outputs: vec!["dist".into()],
            on_failure: OnFailure::Continue,
            place: Where::Host,
            user: Some("root".into()),
            when: Some("test -d web".into()),
            uses: [("cpu".to_owned(), 2)].into(),
            ..Task::new("web", 1, hook::shell("npm run build"))
        };
        assert_eq!(declaration.tasks, [task]);
    }

    #[test]
    fn without_phases_nothing_is_declared() {
        assert_eq!(read(json!(true)), None);
        assert_eq!(read(json!({"onUp": true})), None);
        assert_eq!(Declaration::read(&Map::new()), None);
    }
}
