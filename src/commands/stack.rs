//! `devc stack`: which ecosystems a repository uses.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::error::Result;
use crate::host::Tree;
use crate::stack::{Cache, Found, Repository, Stack, Tables, detect};
use crate::ui::Table;

const EXAMPLES: &str = "\
Examples:
  devc stack                       what this repository is made of, and what says so
  devc stack --json | jq -r '.stacks[].install'

Files that git ignores, samples for tests (fixtures, testdata) and vendored code do not count.";

/// Arguments of `devc stack`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct StackArgs {
    /// Folder of the project [default: the current folder]
    #[arg(long, value_name = "PATH", env = "DEVC_WORKSPACE_FOLDER")]
    workspace_folder: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Repository for Tree {
    fn files(&self) -> &[String] {
        &self.files
    }

    fn read(&self, path: &str) -> Option<String> {
        Tree::read(self, path)
    }
}

/// Looks at the repository; asks no engine.
pub fn run(args: &StackArgs, context: &Context) -> Result<Answer> {
    let environment = &context.environment;
    let root = args
        .workspace_folder
        .as_ref()
        .map_or(environment.current_dir.clone(), |path| environment.absolute(path));
    let tree = context.walk(&root)?;
    let tables = Tables::embedded()?;
    let stacks = detect(&tables, &tree);
    if args.json {
        let stacks: Vec<Value> = stacks.iter().map(|stack| to_json(&tables, stack)).collect();
        return Ok(Answer::Json(json!({ "version": 1, "stacks": stacks })));
    }
    if stacks.is_empty() {
        return Ok(Answer::Text(format!("No ecosystem that devc knows was found in {}.\n", root.display())));
    }
    let mut table = Table::new(["FOLDER", "ECOSYSTEM", "RUNS ON", "INSTALL", "EVIDENCE"]);
    for stack in &stacks {
        table.row([
            folder(stack),
            ecosystem(stack),
            runs_on(&tables, stack),
            stack.install_command().unwrap_or_default().to_owned(),
            stack.evidence.iter().map(place).collect::<Vec<_>>().join(" "),
        ]);
    }
    Ok(Answer::Text(table.render(context.columns)))
}

fn folder(stack: &Stack<'_>) -> String {
    let folder = if stack.folder.is_empty() { "." } else { &stack.folder };
    match stack.members.len() {
        0 => folder.to_owned(),
        members => format!("{folder} (+{members})"),
    }
}

fn ecosystem(stack: &Stack<'_>) -> String {
    let version = stack.version.as_ref().map(|found| format!(" {}", found.text));
    let additions = stack.additions.iter().map(|(table, _)| format!(" + {}", table.name));
    std::iter::once(stack.table.name.clone()).chain(version).chain(additions).collect()
}

fn runs_on(tables: &Tables, stack: &Stack<'_>) -> String {
    let Some(runtime) = tables.runtime(stack.table) else { return String::new() };
    match &stack.runtime {
        Some(found) => format!("{} {}", runtime.name, found.text),
        None => format!("{} (any)", runtime.name),
    }
}

/// `file:line`, as editors and terminals make links of it.
fn place(found: &Found) -> String {
    match found.line {
        Some(line) => format!("{}:{line}", found.file),
        None => found.file.clone(),
    }
}

fn to_json(tables: &Tables, stack: &Stack<'_>) -> Value {
    let said =
        |found: &Option<Found>| found.as_ref().map(|found| json!({ "is": found.text, "from": place(found) }));
    let runtime = tables.runtime(stack.table);
    let outputs = stack.table.outputs.dependencies.iter().chain(&stack.table.outputs.build);
    let tasks: serde_json::Map<String, Value> =
        stack.tasks.iter().map(|(name, command)| ((*name).to_owned(), json!(command))).collect();
    json!({
        "folder": stack.folder,
        "language": stack.table.language,
        "manager": stack.table.name,
        "managerVersion": said(&stack.version),
        "runtime": runtime.map(|runtime| json!({
            "name": runtime.name,
            "version": said(&stack.runtime),
            "default": runtime.default,
        })),
        "lockfile": stack.lockfile,
        "install": stack.install_command(),
        "tasks": tasks,
        "caches": stack.table.caches.iter().map(cache).collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
        "members": stack.members,
        "additions": stack.additions.iter()
            .map(|(table, found)| json!({ "name": table.name, "is": found.text, "from": place(found) }))
            .collect::<Vec<_>>(),
        "alsoFound": stack.others,
        "evidence": stack.evidence.iter().map(place).collect::<Vec<_>>(),
    })
}

fn cache(cache: &Cache) -> Value {
    json!({ "name": cache.name, "path": cache.path, "variable": cache.variable })
}
