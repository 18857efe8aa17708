//! What production gets of a stack.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ImageOptions;
use super::ground::{Chosen, Images};
use super::part::Part;
use super::words::exec_form;
use crate::stack::Stack;

/// The stage that everything starts from.
const BASE: &str = "base";

/// A production image.
#[derive(Debug, Serialize)]
pub struct Service {
    /// Its stage.
    pub stage: String,
    /// What it starts from: a stage, or the `ARG` of an image.
    from: String,
    packages: BTreeSet<String>,
    environment: BTreeMap<String, String>,
    /// The folder with files for a web server, where that is all.
    pub site: Option<String>,
    /// Whether the source is what runs.
    pub source: bool,
    /// What of the source it has no use for.
    drop: Vec<String>,
    writes: Vec<String>,
    keep: Vec<String>,
    /// Where it listens.
    pub port: Option<u16>,
    /// The command, in the exec form.
    pub command: Option<String>,
}

impl Service {
    /// Decides what production gets of a stack; nothing if its table knows of no production.
    pub fn new(
        stack: &Stack<'_>,
        runtime: Option<&Chosen<'_>>,
        part: &Part,
        options: &ImageOptions,
        images: &mut Images,
    ) -> Option<Self> {
        let prod = stack.table.prod.as_ref()?;
        let has_build = part.build.is_some();
        if !prod.source && !has_build {
            return None;
        }
        let site = stack.facts.site.filter(|_| has_build);
        let image = match site {
            Some(_) => "debian:bookworm-slim".to_owned(),
            None => prod.image.replace("{version}", runtime.map_or("", |chosen| &chosen.version)),
        };
        let is_plain = options.base.is_some() || image.starts_with("debian:");
        let packages = prod.apt.iter().filter(|_| is_plain && site.is_none()).cloned().collect();
        Some(Self {
            stage: format!("prod-{}", part.id),
            from: from(&image, runtime, options, images),
            packages,
            environment: prod.environment.clone(),
            source: prod.source,
            drop: prod.drop.iter().chain(&stack.table.outputs.dependencies).cloned().collect(),
            writes: prod.writes.clone(),
            keep: prod.keep.clone(),
            port: if site.is_some() { Some(8080) } else { stack.facts.port },
            command: stack
                .facts
                .start
                .as_deref()
                .map(|command| exec_form(&absolute(command, &prod.keep, &part.place))),
            site: site.map(|folder| format!("{}/{folder}", part.place)),
        })
    }

    /// The packages that it adds to the stage that everything starts from.
    pub fn packages_on_base(&self) -> BTreeSet<String> {
        if self.from == BASE { self.packages.clone() } else { BTreeSet::new() }
    }

    /// Leaves the packages to that stage which it has anyway.
    pub fn take_from_base(&mut self, there: &BTreeSet<String>) {
        if self.from == BASE {
            self.packages.retain(|name| !there.contains(name));
        }
    }
}

fn from(image: &str, runtime: Option<&Chosen<'_>>, options: &ImageOptions, images: &mut Images) -> String {
    if options.base.is_some() {
        return BASE.to_owned();
    }
    let what = match runtime {
        Some(chosen) if !image.starts_with("debian:") => format!("{}-prod", chosen.runtime.name),
        _ => "debian".to_owned(),
    };
    format!("${{{}}}", images.argument(&what, image))
}

/// A program that the build made is not looked for in `PATH`.
fn absolute(command: &str, keep: &[String], place: &str) -> String {
    let is_kept = keep.iter().any(|kept| command.starts_with(&format!("{kept}/")));
    if is_kept { format!("{place}/{command}") } else { command.to_owned() }
}
