//! The environment of hooks and commands.

use std::collections::BTreeMap;

/// Variables to set, and those to take away from what the container has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteEnvironment {
    /// Set.
    pub set: BTreeMap<String, String>,
    /// Taken away: `"remoteEnv": {"NAME": null}`.
    pub unset: Vec<String>,
}

impl RemoteEnvironment {
    /// What the shell said, then the command line, then the configuration, each over the one before it: the
    /// reference CLI lets the configuration win.
    pub fn compose(
        probed: BTreeMap<String, String>,
        command_line: &[(String, String)],
        configured: &[(String, Option<String>)],
    ) -> Self {
        let mut environment = Self { set: probed, unset: Vec::new() };
        environment.set.extend(command_line.iter().cloned());
        for (name, value) in configured {
            match value {
                Some(value) => drop(environment.set.insert(name.clone(), value.clone())),
                None => {
                    environment.set.remove(name);
                    environment.unset.push(name.clone());
                }
            }
        }
        environment
    }

    /// The command, with `env -u` before it for variables that the container itself has set: the engine can add
    /// variables to a process but not take them away.
    pub fn wrap(&self, command: Vec<String>, container: &BTreeMap<String, String>) -> Vec<String> {
        let names = self.unset.iter().filter(|name| container.contains_key(*name));
        let flags: Vec<String> = names.flat_map(|name| ["-u".to_owned(), name.clone()]).collect();
        if flags.is_empty() {
            return command;
        }
        std::iter::once("env".to_owned()).chain(flags).chain(command).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_configuration_wins_over_the_command_line_and_that_over_the_shell() {
        let probed =
            pairs(&[("A", "shell"), ("B", "shell"), ("C", "shell"), ("D", "shell")]).into_iter().collect();
        let configured = [("C".to_owned(), Some("config".to_owned())), ("D".to_owned(), None)];
        let composed =
            RemoteEnvironment::compose(probed, &pairs(&[("B", "line"), ("C", "line")]), &configured);
        let expected = pairs(&[("A", "shell"), ("B", "line"), ("C", "config")]).into_iter().collect();
        assert_eq!(composed, RemoteEnvironment { set: expected, unset: vec!["D".into()] });
    }

    #[test]
    fn only_what_the_container_has_is_taken_away_by_a_prefix() {
        let environment = RemoteEnvironment { unset: vec!["D".into(), "E".into()], ..Default::default() };
        let container = pairs(&[("E", "1")]).into_iter().collect();
        assert_eq!(environment.wrap(vec!["make".into()], &container), ["env", "-u", "E", "make"]);
        assert_eq!(environment.wrap(vec!["make".into()], &BTreeMap::new()), ["make"]);
    }
}
