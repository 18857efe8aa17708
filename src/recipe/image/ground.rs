//! What all stages stand on: images, runtimes, packages of the system.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::production::Service;
use super::{ImageOptions, WORK_FOLDER};
use crate::error::{Error, ErrorKind, Result};
use crate::stack::{Cache, Runtime, Stack, Tables};

/// Packages that everything needs: certificates, to fetch anything at all.
const EVERYWHERE: &[&str] = &["ca-certificates"];

/// An image from a registry, as an `ARG` that a team can set.
#[derive(Debug, Serialize)]
struct PublicImage {
    argument: String,
    name: String,
}

/// The images from registries.
#[derive(Debug, Default, Serialize)]
pub struct Images {
    images: Vec<PublicImage>,
}

impl Images {
    /// The `ARG` of an image; named after `what` when it is new.
    pub fn argument(&mut self, what: &str, name: &str) -> String {
        if let Some(known) = self.images.iter().find(|image| image.name == name) {
            return known.argument.clone();
        }
        let wanted = format!("{}_IMAGE", what.to_ascii_uppercase().replace('-', "_"));
        let numbered = (2..).map(|number| format!("{wanted}_{number}"));
        let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
        let is_free = |candidate: &String| self.images.iter().all(|image| image.argument != *candidate);
        let argument = candidates.find(is_free).unwrap_or(wanted);
        self.images.push(PublicImage { argument: argument.clone(), name: name.to_owned() });
        argument
    }
}

/// A runtime in one version.
#[derive(Clone, Debug)]
pub struct Chosen<'a> {
    /// What is known of it.
    pub runtime: &'a Runtime,
    /// Its version.
    pub version: String,
}

impl Chosen<'_> {
    /// Its public image.
    pub fn image(&self) -> String {
        self.runtime.image.replace("{version}", &self.version)
    }
}

/// The runtime that a stack asks for.
fn chosen<'a>(tables: &'a Tables, stack: &Stack<'a>) -> Option<Chosen<'a>> {
    let runtime = tables.runtime(stack.table)?;
    let version = stack.runtime.as_ref().map_or(&runtime.default, |found| &found.text);
    Some(Chosen { runtime, version: version.clone() })
}

/// Files of another image that a stage takes over.
#[derive(Debug, Serialize)]
struct Borrowed {
    stage: String,
    argument: String,
    files: Vec<String>,
}

/// What the first stages are made of.
#[derive(Debug, Serialize)]
pub struct Ground<'a> {
    user: &'a str,
    work_folder: &'a str,
    base: String,
    everywhere: BTreeSet<String>,
    borrowed: Vec<Borrowed>,
    packages: BTreeSet<String>,
    /// The lockfiles that need no compiler.
    compiler_free: Vec<&'a str>,
    package_lists: Vec<String>,
    setup: Vec<String>,
    environment: BTreeMap<String, String>,
    path: Vec<String>,
    folders: BTreeSet<String>,
    #[serde(skip)]
    runtimes: Vec<Chosen<'a>>,
}

impl<'a> Ground<'a> {
    /// Gathers what these stacks need. Images that it starts from are added to `images`.
    pub fn new(
        tables: &'a Tables,
        stacks: &[&'a Stack<'a>],
        options: &'a ImageOptions,
        images: &mut Images,
    ) -> Result<Self> {
        let runtimes = distinct(stacks.iter().filter_map(|stack| chosen(tables, stack)));
        let base = match (&options.base, runtimes.first()) {
            (Some(base), _) => images.argument("base", base),
            (None, Some(first)) => images.argument(&first.runtime.name, &first.image()),
            (None, None) => images.argument("debian", "debian:bookworm-slim"),
        };
        let mut ground = Self {
            user: &options.user,
            work_folder: WORK_FOLDER,
            base,
            everywhere: EVERYWHERE.iter().map(|&name| name.to_owned()).collect(),
            borrowed: Vec::new(),
            packages: BTreeSet::new(),
            compiler_free: Vec::new(),
            package_lists: Vec::new(),
            setup: Vec::new(),
            environment: BTreeMap::new(),
            path: Vec::new(),
            folders: BTreeSet::new(),
            runtimes: Vec::new(),
        };
        match options.base {
            Some(_) => ground.add_packages(stacks, &runtimes)?,
            None => ground.borrow_runtimes(&runtimes, stacks, images),
        }
        let (system, others) = stacks.iter().partition::<Vec<_>, _>(|stack| stack.table.runtime.is_none());
        for stack in others {
            ground.add_manager(stack);
            ground.add_folders(stack, options);
        }
        ground.package_lists = system.iter().flat_map(|stack| stack.facts.inputs.iter().cloned()).collect();
        ground.runtimes = runtimes;
        Ok(ground)
    }

    /// Runtimes as Debian packages.
    fn add_packages(&mut self, stacks: &[&Stack<'a>], runtimes: &[Chosen<'a>]) -> Result<()> {
        for stack in stacks {
            let install = &stack.table.install;
            if stack.table.runtime.is_some() && install.apt.is_empty() {
                let name = &stack.table.name;
                let what =
                    format!("{name} comes with no Debian package, so it cannot be put on the base image");
                return Err(Error::new(ErrorKind::Unsupported, what)
                    .hint("Leave out --base-image to start from the official image."));
            }
            self.packages.extend(install.apt.iter().cloned());
        }
        self.setup.extend(runtimes.iter().flat_map(|chosen| chosen.runtime.setup.iter().cloned()));
        Ok(())
    }

    /// The first runtime is in the base; the others are taken from their images.
    fn borrow_runtimes(&mut self, runtimes: &[Chosen<'a>], stacks: &[&Stack<'a>], images: &mut Images) {
        for chosen in runtimes.iter().skip(1) {
            let runtime = chosen.runtime;
            let argument = images.argument(&runtime.name, &chosen.image());
            self.borrow(&runtime.name, argument, runtime.folders.clone());
            self.packages.extend(runtime.libraries.iter().cloned());
            self.path.extend(runtime.path.iter().cloned());
            self.environment.extend(runtime.environment.clone());
        }
        for stack in stacks {
            if let Some(program) = &stack.table.install.program {
                let argument = images.argument(&stack.table.name, &program.image);
                self.borrow(&stack.table.name, argument, vec![program.path.clone()]);
            }
        }
    }

    fn borrow(&mut self, name: &str, argument: String, files: Vec<String>) {
        if !self.borrowed.iter().any(|borrowed| borrowed.argument == argument) {
            let stage = format!("{name}-image");
            let number = self.borrowed.iter().filter(|borrowed| borrowed.stage.starts_with(&stage)).count();
            let stage = if number == 0 { stage } else { format!("{stage}-{}", number + 1) };
            self.borrowed.push(Borrowed { stage, argument, files });
        }
    }

    /// The manager of a stack, and what its packages are compiled with.
    fn add_manager(&mut self, stack: &'a Stack<'_>) {
        let install = &stack.table.install;
        match stack.lockfile.as_deref().filter(|_| stack.facts.compiles_nothing) {
            Some(lockfile) => self.compiler_free.push(lockfile),
            None => self.packages.extend(install.native.iter().cloned()),
        }
        let version = stack.version.as_ref().map_or(&install.manager, |found| &found.text);
        for command in install.setup.iter().map(|command| command.replace("{manager}", version)) {
            if !self.setup.contains(&command) {
                self.setup.push(command);
            }
        }
    }

    /// The folders that a manager writes to, and the variables that say so.
    fn add_folders(&mut self, stack: &Stack<'_>, options: &ImageOptions) {
        let install = &stack.table.install;
        let home = |path: &str| at_home(path, self.user);
        let additions = stack.additions.iter().flat_map(|(table, _)| &table.caches);
        let caches: Vec<&Cache> = stack.table.caches.iter().chain(additions).collect();
        let logins = options.login(stack).into_iter().filter_map(|login| Some(login.rsplit_once('/')?.0));
        let folders = caches.iter().map(|cache| cache.path.as_str()).chain(logins);
        self.folders.extend(folders.filter(|folder| folder.starts_with("~/")).map(home));
        let moved = caches.iter().filter_map(|cache| Some((cache.variable.as_ref()?, &cache.path)));
        let variables = moved.chain(&install.environment).map(|(name, value)| (name.clone(), home(value)));
        self.environment.extend(variables);
    }

    /// What builds and all production images have is installed once, before they part.
    pub fn share(&mut self, services: &mut [&mut Service]) {
        let all = services.iter().map(|service| service.packages_on_base());
        let common = all.reduce(|some, more| &some & &more).unwrap_or_default();
        self.everywhere.extend(common.intersection(&self.packages).cloned());
        self.packages.retain(|name| !self.everywhere.contains(name));
        for service in services {
            service.take_from_base(&self.everywhere);
        }
    }

    /// Whether a package is there before the tools of development come.
    pub fn has(&self, package: &str) -> bool {
        self.packages.contains(package) || self.everywhere.contains(package)
    }

    /// What a stack runs on here, which may be another version than it asks for.
    pub fn runtime(&self, tables: &'a Tables, stack: &Stack<'a>) -> Option<Chosen<'a>> {
        let asked = chosen(tables, stack)?;
        self.runtimes.iter().find(|known| std::ptr::eq(known.runtime, asked.runtime)).cloned()
    }
}

/// Each runtime once, in the first version that is asked for. Those that need libraries of the system come first:
/// the first one stays where it is.
fn distinct<'a>(all: impl Iterator<Item = Chosen<'a>>) -> Vec<Chosen<'a>> {
    let mut runtimes: Vec<Chosen<'a>> = Vec::new();
    for chosen in all {
        if !runtimes.iter().any(|known| std::ptr::eq(known.runtime, chosen.runtime)) {
            runtimes.push(chosen);
        }
    }
    runtimes.sort_by_key(|chosen| chosen.runtime.libraries.is_empty());
    runtimes
}

/// A path with `~` for the user's home folder.
pub fn at_home(path: &str, user: &str) -> String {
    match path.strip_prefix('~') {
        Some(below) => format!("/home/{user}{below}"),
        None => path.to_owned(),
    }
}
