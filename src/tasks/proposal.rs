//! Tasks for a project that declares none: its ecosystems restored side by side, then built.

use super::{Declaration, Phase, Task};
use crate::config::hook::shell;
use crate::stack::Stack;

/// The task of a table that builds a project.
const BUILD: &str = "build";

/// Proposes what the tables know of each stack.
pub fn propose(stacks: &[Stack<'_>]) -> Declaration {
    let phase = |name: &str| Phase { name: name.to_owned(), max_parallel: None };
    let restores = stacks.iter().filter_map(restore);
    let builds = stacks.iter().filter_map(build);
    Declaration {
        phases: vec![phase("restore"), phase(BUILD)],
        tasks: restores.chain(builds).collect(),
        ..Declaration::default()
    }
}

fn restore(stack: &Stack<'_>) -> Option<Task> {
    let install = stack.install_command()?;
    let prepare = stack.table.install.prepare.iter().map(String::as_str);
    // What is prepared, such as Python's environment, brings the program that installs.
    let path = stack.table.install.path.first().filter(|_| !stack.table.install.prepare.is_empty());
    let path = path.map(|folder| format!("PATH=\"$PWD/{folder}:$PATH\""));
    let steps = prepare.chain(path.as_deref()).chain([install]).collect::<Vec<_>>();
    let inside = |path: &String| match stack.folder.as_str() {
        "" => Some(path.clone()),
        folder => Some(path.strip_prefix(folder)?.strip_prefix('/')?.to_owned()),
    };
    Some(Task {
        inputs: stack.facts.inputs.iter().filter_map(inside).collect(),
        outputs: stack.table.outputs.dependencies.first().cloned().into_iter().collect(),
        uses: [("network".to_owned(), 1)].into(),
        ..task("restore", 0, stack, &steps.join(" && "))
    })
}

fn build(stack: &Stack<'_>) -> Option<Task> {
    let (_, command) = stack.tasks.iter().find(|(name, _)| *name == BUILD)?;
    Some(Task { uses: [("cpu".to_owned(), 1)].into(), ..task(BUILD, 1, stack, command) })
}

fn task(verb: &str, phase: usize, stack: &Stack<'_>, script: &str) -> Task {
    let manager = &stack.table.name;
    let (name, cwd) = match stack.folder.as_str() {
        "" => (format!("{verb}-{manager}"), None),
        folder => (format!("{verb}-{manager}:{folder}"), Some(folder.to_owned())),
    };
    Task { cwd, ..Task::new(name, phase, shell(script)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{Repository, Tables, detect};

    struct Files(Vec<String>);

    impl Repository for Files {
        fn files(&self) -> &[String] {
            &self.0
        }

        fn read(&self, path: &str) -> Option<String> {
            path.ends_with("package.json").then(|| r#"{"scripts": {"build": "vite build"}}"#.to_owned())
        }
    }

    #[test]
    fn each_ecosystem_is_restored_and_then_built() {
        let files = ["api/requirements.txt", "web/package-lock.json", "web/package.json"];
        let tables = Tables::embedded().unwrap();
        let proposal = propose(&detect(&tables, &Files(files.map(str::to_owned).to_vec())));
        let lines = proposal.tasks.iter().map(|task| {
            let cwd = task.cwd.as_deref().unwrap_or(".");
            format!(
                "{}: {} ({cwd}, {} -> {})",
                task.name,
                task.argv[2],
                task.inputs.join(" "),
                task.outputs.join(" ")
            )
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
        restore-pip:api: python3 -m venv .venv && PATH="$PWD/.venv/bin:$PATH" && pip install -r requirements.txt (api, requirements.txt -> .venv)
        restore-npm:web: npm ci --no-audit --no-fund (web, package-lock.json package.json -> node_modules)
        build-npm:web: npm run build (web,  -> )
        "#);
    }
}
