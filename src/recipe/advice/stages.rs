//! Build tools that an image is delivered with.

use super::early::is_apt_install;
use super::{Finding, Remedy, View};
use crate::Result;
use crate::recipe::shell;

const TOOLS: [&str; 9] =
    ["build-essential", "cargo", "clang", "cmake", "g++", "gcc", "golang-go", "make", "rustc"];

/// Advises a second stage where the only one has a program to start and the tools that built it.
pub(super) fn advise(view: &View<'_>) -> Result<(Vec<Finding>, String)> {
    Ok((finding(view).into_iter().collect(), view.source.text.to_owned()))
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let instructions = || view.source.instructions.iter();
    let one = |wanted: &str| instructions().find(|instruction| instruction.keyword == wanted);
    let (from, start) = (one("from")?, one("cmd").or(one("entrypoint")));
    let stages = instructions().filter(|instruction| instruction.keyword == "from").count();
    if stages > 1 || start.is_none() {
        return None;
    }
    let (at, tools) = instructions().enumerate().find_map(|(at, run)| {
        let script = shell::read(run).ok().filter(|_| run.keyword == "run")?;
        let installs = script.commands.iter().filter(|command| is_apt_install(command));
        let words = installs.flat_map(|command| command.known_words());
        let tools: Vec<&str> = words.filter(|word| is_tool(word)).collect();
        (!tools.is_empty()).then(|| (at, tools.join(", ")))
    })?;
    let base = from.arguments.split_whitespace().find(|word| !word.starts_with("--"))?;
    let folder = one("workdir").map_or("/app", |workdir| workdir.arguments.as_str());
    Some(Finding {
        rule: "devc/build-tools",
        line: view.line(at),
        what: format!("the image is delivered with what builds it: {tools}"),
        why: "Each pull fetches the tools, and whoever breaks into the program finds them there.".to_owned(),
        remedy: Remedy::Advised(format!(
            "Name this stage (`FROM {base} AS build`), and end with another one: `FROM {base}`, \
             `COPY --from=build {folder} {folder}`, what the program needs to run, and its CMD. \
             `devc generate` writes both stages."
        )),
    })
}

fn is_tool(package: &str) -> bool {
    TOOLS.contains(&package) || package.ends_with("-dev")
}
