//! The order of the stages, each with its text.

use std::collections::BTreeMap;

use minijinja::Value;
use minijinja::context;
use minijinja::value::Serde;

use super::ground::{Ground, Images};
use super::part::Part;
use super::production::Service;
use super::text::Texts;
use super::words::exec_form;
use super::{ImageOptions, Section, Sections, WORK_FOLDER};
use crate::error::Result;
use crate::stack::Stack;

/// Packages that one wants at hand when something is wrong.
const TOOLS: &[&str] = &["curl", "git", "less", "openssh-client", "procps", "sudo"];

/// A stack with all that was decided for it.
pub struct Project<'a> {
    /// The stack.
    pub stack: &'a Stack<'a>,
    /// Its stages for development, builds and tests.
    pub part: Part,
    /// Its production image.
    pub service: Option<Service>,
}

impl Project<'_> {
    fn task(&self, name: &str) -> Option<&str> {
        self.stack.tasks.iter().find(|(known, _)| *known == name).map(|(_, command)| *command)
    }

    /// What a developer starts: it sees edits by itself.
    fn live_command(&self) -> Option<String> {
        let reload = self.stack.table.dev.reload.as_deref();
        let start = self.stack.facts.start.as_deref();
        let reload = reload.filter(|text| start.is_some() || !text.contains("{start}"));
        let own = self
            .task("dev")
            .filter(|_| self.stack.table.apart.is_none() && self.stack.table.language == "node");
        let reload = reload.map(|text| text.replace("{start}", start.unwrap_or_default()));
        own.map(str::to_owned).or(reload).or_else(|| self.task("dev").map(str::to_owned))
    }
}

/// Writes one section after the other.
pub struct Writer<'a> {
    /// The texts.
    pub texts: Texts,
    /// What the team has chosen.
    pub options: &'a ImageOptions,
    /// What is written.
    pub sections: Vec<Section>,
}

impl Writer<'_> {
    /// Writes all stages.
    pub fn write(
        mut self,
        images: &Images,
        ground: &Ground<'_>,
        projects: &[Project<'_>],
    ) -> Result<Sections> {
        self.section("images", "images", Value::from(Serde(images)))?;
        self.section("base", "base", Value::from(Serde(ground)))?;
        self.section("system-deps", "system-deps", Value::from(Serde(ground)))?;
        for Project { part, .. } in projects {
            self.dependencies(part)?;
        }
        self.development(ground, projects)?;
        self.tests(projects)?;
        self.production(projects)?;
        Ok(Sections(self.sections))
    }

    fn section(&mut self, id: impl Into<String>, text: &str, values: Value) -> Result<()> {
        let section = self.texts.section(id, text, values)?;
        self.sections.push(section);
        Ok(())
    }

    fn part(&mut self, kind: &str, part: &Part) -> Result<()> {
        self.section(format!("{kind}-{}", part.id), kind, context! { part => Serde(part) })
    }

    fn dependencies(&mut self, part: &Part) -> Result<()> {
        if part.deps.is_some() {
            self.part("deps", part)?;
        }
        if part.development.is_some() {
            self.part("deps-dev", part)?;
        }
        Ok(())
    }

    fn development(&mut self, ground: &Ground<'_>, projects: &[Project<'_>]) -> Result<()> {
        let user = &self.options.user;
        let tables = projects.iter().map(|project| project.stack.table);
        let extra = tables.flat_map(|table| table.dev.apt.iter().chain(&table.install.native));
        let extra = extra.map(String::as_str).filter(|name| !ground.has(name));
        let mut packages: Vec<&str> = TOOLS.iter().copied().chain(extra).collect();
        packages.sort_unstable();
        packages.dedup();
        let tools = context! { packages => Serde(&packages), user };
        self.section("tools", "tools", tools)?;
        for Project { part, .. } in projects.iter().filter(|project| project.part.build.is_some()) {
            self.part("prebuild", part)?;
        }
        let parts: Vec<&Part> = projects.iter().map(|project| &project.part).collect();
        let commands = projects.iter().filter_map(|project| {
            let command = project.live_command()?;
            let exec = exec_form(&command);
            Some(context! { folder => &project.part.folder, place => &project.part.place, command, exec })
        });
        let commands: Vec<Value> = commands.collect();
        let path: Vec<&String> = parts.iter().flat_map(|part| &part.path).collect();
        let dev =
            context! { parts => Serde(&parts), path => Serde(path), commands, work_folder => WORK_FOLDER };
        self.section("dev", "dev", dev)
    }

    /// One stage per stack, so that they run side by side, and one to run them all.
    fn tests(&mut self, projects: &[Project<'_>]) -> Result<()> {
        let tested: Vec<&Part> =
            projects.iter().map(|project| &project.part).filter(|part| part.test.is_some()).collect();
        match tested.as_slice() {
            [] => Ok(()),
            [part] => self.section("test", "test", context! { part => Serde(part), stage => "test" }),
            parts => {
                for part in parts {
                    let stage = format!("test-{}", part.id);
                    self.section(&stage, "test", context! { part => Serde(part), stage => &stage })?;
                }
                self.section("test", "test-all", context! { parts => Serde(parts) })
            }
        }
    }

    fn production(&mut self, projects: &[Project<'_>]) -> Result<()> {
        let services: Vec<(&Project<'_>, &Service)> =
            projects.iter().filter_map(|project| Some((project, project.service.as_ref()?))).collect();
        let gpu = variables_of_additions(projects);
        let only = services.len() == 1 && gpu.is_empty();
        for (project, service) in &services {
            let part = &project.part;
            if service.source && part.pruned.is_some() {
                self.part("prod-deps", part)?;
            }
            let stage = if only { "prod" } else { &service.stage };
            let values =
                context! { part => Serde(part), prod => Serde(service), stage, user => &self.options.user };
            if service.source && service.site.is_none() {
                self.section(format!("release-{}", part.id), "release", values.clone())?;
            }
            let text = if service.site.is_some() { "prod-site" } else { "prod" };
            self.section(stage, text, values)?;
        }
        let main =
            services.iter().min_by_key(|(_, service)| (service.command.is_none(), service.port.is_none()));
        let main = main.map(|(_, service)| service.stage.as_str());
        if !gpu.is_empty() {
            self.section("gpu", "gpu", context! { main, environment => Serde(gpu) })?;
        }
        match main.filter(|_| !only) {
            Some(main) => self.section("prod", "prod-main", context! { main }),
            None => Ok(()),
        }
    }
}

/// What additions, such as GPU libraries, want to find in the environment of a container.
fn variables_of_additions<'a>(projects: &[Project<'a>]) -> BTreeMap<&'a str, &'a str> {
    let additions = projects.iter().flat_map(|project| &project.stack.additions);
    let prods = additions.filter_map(|(table, _)| table.prod.as_ref());
    prods.flat_map(|prod| &prod.environment).map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
