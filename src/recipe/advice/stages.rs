//! Build tools that an image is delivered with.

use std::path::Path;

use super::early::{is_apt, is_apt_install, is_cleaning, is_of_the_project, plain};
use super::{Finding, Remedy, View};
use crate::Result;
use crate::recipe::dockerfile::{Edits, Instruction};
use crate::recipe::shell;

pub(super) const RULE: &str = "devc/build-tools";

/// What only a build needs. A package that ends in `-dev` is more: the library comes with it that the program loads.
const TOOLS: [&str; 9] =
    ["build-essential", "cargo", "clang", "cmake", "g++", "gcc", "golang-go", "make", "rustc"];

/// Programs and what they are asked to do first, where that leaves something in the folder of the project and in caches only.
const LOCAL: [(&str, &[&str]); 13] = [
    ("bun", &["install", "run"]),
    ("cargo", &["build", "fetch"]),
    ("cp", &[]),
    ("dotnet", &["build", "publish", "restore"]),
    ("go", &["build", "generate", "mod"]),
    ("make", &["all", "build"]),
    ("mkdir", &[]),
    ("mv", &[]),
    ("npm", &["ci", "install", "prune", "run"]),
    ("pnpm", &["install", "prune", "run"]),
    ("rm", &[]),
    ("tsc", &[]),
    ("yarn", &["build", "install", "run"]),
];

/// The stage that delivers.
struct Second {
    /// Where the name of the first one belongs.
    name_at: usize,
    /// Where it begins.
    at: usize,
    text: String,
    folder: String,
}

/// Offers a second stage where the only one has a program to start and the tools that built it.
pub(super) fn improve(view: &View<'_>) -> Result<(Vec<Finding>, String)> {
    let mut edits = Edits::default();
    let Some((run, tools)) = delivered_tools(view) else {
        return Ok((Vec::new(), view.source.text.to_owned()));
    };
    let accepted = view.accepts(RULE);
    let remedy = match second(view) {
        Ok(second) => {
            if accepted {
                edits.insert(second.name_at, " AS build");
                edits.insert(second.at, second.text);
            }
            let Second { folder, .. } = second;
            Remedy::Offered {
                edit: format!(
                    "a stage of its own, which takes {folder} from this one, and packages but for tools"
                ),
                effect: format!(
                    "The image has {folder} and packages without their compilers; a library that came with \
                     these alone, such as libgomp1, has to be named"
                ),
                accepted,
            }
        }
        Err(reason) => Remedy::Advised(format!(
            "Name this stage (`FROM ... AS build`), and end with another one: its FROM, a `COPY --from=build` of what was \
             built, what the program needs to run, and its CMD; `devc generate` writes both. devc does not do it, because \
             {reason}."
        )),
    };
    let finding = Finding {
        rule: RULE,
        line: view.line(run),
        what: format!("the image is delivered with what builds it: {tools}"),
        why: "Each pull fetches the tools, and whoever breaks into the program finds them there.".to_owned(),
        remedy,
    };
    Ok((vec![finding], edits.apply(view.source.text)))
}

/// The first `RUN` that installs tools, and these, in a file of one stage that starts something.
fn delivered_tools(view: &View<'_>) -> Option<(usize, String)> {
    let instructions = || view.source.instructions.iter();
    let starts = instructions().any(|one| matches!(one.keyword.as_str(), "cmd" | "entrypoint"));
    if !starts || instructions().filter(|one| one.keyword == "from").count() > 1 {
        return None;
    }
    instructions().enumerate().find_map(|(at, run)| {
        let script = shell::read(run).ok().filter(|_| run.keyword == "run")?;
        let installs = script.commands.iter().filter(|command| is_apt_install(command));
        let words = installs.flat_map(|command| command.known_words());
        let tools: Vec<&str> = words.filter(|word| TOOLS.contains(word) || word.ends_with("-dev")).collect();
        (!tools.is_empty()).then(|| (at, tools.join(", ")))
    })
}

/// The second stage, or why all that was built may not be in one folder.
fn second(view: &View<'_>) -> Result<Second, String> {
    let instructions = &view.source.instructions;
    if view.is_strange() {
        return Err("the file has SHELL or ONBUILD".to_owned());
    }
    let is_from = |instruction: &Instruction| instruction.keyword == "from";
    let first = instructions.iter().position(is_from).ok_or("it has no stage")?;
    let from = &instructions[first];
    if from.arguments.split_whitespace().any(|word| word.eq_ignore_ascii_case("as")) {
        return Err("the stage has a name already".to_owned());
    }
    let stage = &instructions[first + 1..];
    let makes = |one: &Instruction| matches!(one.keyword.as_str(), "run" | "copy" | "add");
    let last = stage.iter().rposition(makes).ok_or("nothing is built")?;
    let (made, rest) = stage.split_at(last + 1);
    let folder = folder(made, rest)?;
    let mut settings = String::new();
    let mut packages = Vec::new();
    let mut is_there = false;
    for instruction in made {
        is_there |= instruction.keyword == "workdir";
        match instruction.keyword.as_str() {
            "run" => packages.extend(needed_packages(instruction, is_there, &folder)?),
            "copy" | "add" if !is_there => return Err("something is copied before WORKDIR".to_owned()),
            "copy" | "add" => require_inside(instruction, &folder)?,
            "user" => return Err("USER stands before what is built".to_owned()),
            _ => settings.push_str(&view.source.text[instruction.span.clone()]),
        }
    }
    let (name_at, at) = (from.argument_span(0..from.arguments.trim_end().len()).end, made[last].span.end);
    if !view.source.text[..at].ends_with('\n') {
        return Err("the file ends with what is built".to_owned());
    }
    let install = match packages.as_slice() {
        [] => String::new(),
        installs => {
            format!("RUN apt-get update && {} && rm -rf /var/lib/apt/lists/*\n", installs.join(" && "))
        }
    };
    let text = format!(
        "\n# What is delivered: without the tools of the stage above.\nFROM {}\n{settings}{install}\
         COPY --from=build {folder} {folder}\n",
        from.arguments.trim_end()
    );
    let text = match view.source.text.contains("\r\n") {
        true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => text,
    };
    Ok(Second { name_at, at, text, folder })
}

/// The one folder that everything is built in.
fn folder(made: &[Instruction], rest: &[Instruction]) -> Result<String, String> {
    let mut folders = made.iter().chain(rest).filter(|instruction| instruction.keyword == "workdir");
    match (folders.next(), folders.next()) {
        (Some(one), None) if is_of_the_project(one.arguments.trim().trim_end_matches('/')) => {
            Ok(one.arguments.trim().trim_end_matches('/').to_owned())
        }
        _ => Err("the stage has no single WORKDIR of the project's own, such as /app".to_owned()),
    }
}

/// The installs of a `RUN` without tools, if nothing else leaves anything outside of `folder`. `is_there` is whether it runs there.
fn needed_packages(run: &Instruction, is_there: bool, folder: &str) -> Result<Vec<String>, String> {
    let script = shell::read(run).map_err(|reason| format!("a RUN cannot be read: {reason}"))?;
    let mut installs = Vec::new();
    for command in &script.commands {
        let typed = || command.words.iter().map(|word| word.typed.as_str()).collect::<Vec<_>>().join(" ");
        let words = plain(command).ok_or_else(|| format!("it is not known what `{}` does", typed()))?;
        if is_apt(&words) {
            let kept: Vec<&str> = words.into_iter().filter(|word| !TOOLS.contains(word)).collect();
            let is_package = |word: &&&str| !word.starts_with('-');
            // The program, `install`, and at least one package.
            if is_apt_install(command) && kept.iter().filter(is_package).count() > 2 {
                installs.push(kept.join(" "));
            }
        } else if !(is_cleaning(&words) || is_there && stays_inside(&words, folder)) {
            return Err(format!("`{}` may leave files outside of {folder}", typed()));
        }
    }
    Ok(installs)
}

/// Whether a command leaves files in the folder of the project and in caches only.
fn stays_inside(words: &[&str], folder: &str) -> bool {
    let [program, arguments @ ..] = words else { return false };
    let first = arguments.iter().find(|word| !word.starts_with('-'));
    let is_local = LOCAL.iter().any(|(name, firsts)| {
        name == program
            && (firsts.is_empty() || first.map_or(*name == "make", |first| firsts.contains(first)))
    });
    let leaves = |word: &&str| {
        let value = word.split_once('=').map_or(*word, |(_, value)| value);
        matches!(*word, "-g" | "--global" | "--system")
            || value.contains("..")
            || value.starts_with('/') && !Path::new(value).starts_with(folder)
    };
    is_local && !arguments.iter().any(leaves)
}

/// That a `COPY` or `ADD` writes to `folder`.
fn require_inside(copy: &Instruction, folder: &str) -> Result<(), String> {
    let to = copy.arguments.split_whitespace().last().unwrap_or_default();
    let is_plain = !to.contains(['$', '"', '\'', '\\', '`', ']']) && !copy.arguments.contains("<<");
    let is_inside = !to.contains("..") && (!to.starts_with('/') || Path::new(to).starts_with(folder));
    match is_plain && is_inside {
        true => Ok(()),
        false => {
            Err(format!("`{} {}` may write outside of {folder}", copy.keyword.to_uppercase(), copy.arguments))
        }
    }
}
