//! How registries are reached: offline, through mirrors, with which login servers.

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::commands::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::host::files;
use crate::registry::{Mirrors, Registry, RegistryOptions};

/// The user's own table of mirrors, in the folder for settings: a row a line.
const MIRROR_FILE: &str = "registry-mirrors";

/// How registries of Features, Templates and images are reached.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Registries")]
pub struct RegistryArgs {
    /// Ask no registry: use what is cached, or fail
    #[arg(long, env = "DEVC_OFFLINE", value_parser = FalseyValueParser::new())]
    pub offline: bool,
    /// Ask mirrors before a registry, or with `none` at the end instead of it (repeatable)
    #[arg(
        long,
        value_name = "REGISTRY=MIRROR[,MIRROR...][,none]",
        env = "DEVC_REGISTRY_MIRROR",
        value_delimiter = ';'
    )]
    pub registry_mirror: Vec<String>,
}

impl RegistryArgs {
    /// All that a registry client needs to know.
    pub fn options(&self, context: &Context) -> Result<RegistryOptions> {
        let mut options = RegistryOptions::from_environment(&context.environment);
        options.offline = self.offline;
        options.mirrors = self.mirrors(context)?;
        for pair in &context.login_servers.allow_cross_origin_auth_host {
            options.login_servers.add(pair)?;
        }
        Ok(options)
    }

    /// A client for what is written to registries, which knows no mirrors: only the registry itself knows what it has.
    pub fn origin(context: &Context) -> Result<Registry> {
        let options = RegistryOptions { mirrors: Mirrors::default(), ..Self::default().options(context)? };
        Ok(Registry::new(options, context.events.clone()))
    }

    /// The table in the user's file; what was typed replaces its rows.
    fn mirrors(&self, context: &Context) -> Result<Mirrors> {
        let path = context.environment.config_dir.join(MIRROR_FILE);
        let text = files::read_optional(&path)?.unwrap_or_default();
        let mut mirrors = Mirrors::default();
        for (number, row) in rows(&text) {
            mirrors.add(row).map_err(|error| {
                let place = format!("{}, line {number}, has a mistake", path.display());
                Error::new(ErrorKind::Config, place).because(error)
            })?;
        }
        self.registry_mirror.iter().try_for_each(|row| mirrors.add(row))?;
        Ok(mirrors)
    }
}

/// The rows of the file with their numbers, without blank lines and comments.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let rows = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    (1..).zip(rows).filter(|(_, row)| !row.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_comments_and_blank_lines() {
        let text = "# for the office\n\nghcr.io=mirror.example/ghcr # all of it\n  docker.io = m \n";
        let seen: Vec<(usize, &str)> = rows(text).collect();
        assert_eq!(seen, [(3, "ghcr.io=mirror.example/ghcr"), (4, "docker.io = m")]);
    }
}
