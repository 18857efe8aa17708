//! Who wins where several say something: a variable, the project, the file, the default. Flags come before all of them and
//! stay with their verbs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::Entry;
use super::{CA_FILE, SETTINGS, Setting, Value};
use crate::config::{Map, customization};
use crate::editor::Editor;
use crate::error::{Error, ErrorKind, Result};

/// What variables and the file say. The default is that nobody says anything.
#[derive(Clone, Debug, Default)]
pub struct Preferences {
    variables: BTreeMap<&'static str, Value>,
    file: Vec<Entry>,
}

/// A setting as it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is; `None` where devc decides each time.
    pub value: Option<Value>,
    /// Who says so.
    pub origin: Origin,
}

/// Who says what a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A variable.
    Variable(&'static str),
    /// `customizations.devc` in devcontainer.json.
    Project,
    /// This line of the file.
    File(usize),
    /// Nobody.
    Default,
}

impl Preferences {
    /// Joins what the variables and the file say. A variable that is empty counts as not set.
    pub fn new(variables: &BTreeMap<String, String>, file: Vec<Entry>) -> Result<Self> {
        let set = SETTINGS.into_iter().filter_map(|setting| {
            let text = variables.get(setting.variable).filter(|text| !text.is_empty())?;
            Some(setting.parse(text).map(|value| (setting.name, value)).map_err(|requirement| {
                Error::new(ErrorKind::Usage, format!("{} must be {requirement}", setting.variable))
                    .hint(format!("Correct it, or unset it: `unset {}`.", setting.variable))
            }))
        });
        Ok(Self { variables: set.collect::<Result<_>>()?, file })
    }

    /// What holds under the reference CLI's name, which knows no settings: only what this machine trusts.
    pub fn for_drop_in(mut self) -> Self {
        self.variables.retain(|name, _| *name == CA_FILE.name);
        self.file.retain(|entry| entry.name == CA_FILE.name);
        self
    }

    /// A setting as it holds for a project, of which this is the resolved configuration.
    pub fn find(&self, setting: &Setting, project: &Map) -> Found {
        let found = |value: Value, origin| Found { value: Some(value), origin };
        if let Some(value) = self.variables.get(setting.name) {
            return found(value.clone(), Origin::Variable(setting.variable));
        }
        let own = customization(project, "devc").and_then(|own| own.as_object());
        if let Some(value) = own.and_then(setting.in_project) {
            return found(value, Origin::Project);
        }
        match self.file.iter().find(|entry| entry.name == setting.name) {
            Some(entry) => found(entry.value.clone(), Origin::File(entry.line)),
            None => Found { value: setting.default.clone(), origin: Origin::Default },
        }
    }

    /// Whether a setting with a default of yes or no holds.
    pub fn is_on(&self, setting: &Setting, project: &Map) -> bool {
        self.find(setting, project).value == Some(Value::Flag(true))
    }

    /// A setting that is a number, where anybody says one.
    pub fn count(&self, setting: &Setting, project: &Map) -> Option<usize> {
        match self.find(setting, project).value? {
            Value::Count(count) => usize::try_from(count).ok(),
            _ => None,
        }
    }

    /// The editor that the user has settled on.
    pub fn editor(&self) -> Option<Editor> {
        match self.of_machine(&super::EDITOR)? {
            Value::Text(name) => Editor::from_name(&name),
            _ => None,
        }
    }

    /// A path that the user has settled, `~` being this home folder.
    pub fn path(&self, setting: &Setting, home: Option<&Path>) -> Option<PathBuf> {
        let Value::Text(path) = self.of_machine(setting)? else { return None };
        match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(PathBuf::from(path)),
        }
    }

    /// A setting in which projects have no say.
    fn of_machine(&self, setting: &Setting) -> Option<Value> {
        self.find(setting, &Map::new()).value
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::diagnostic::SourceFile;
    use crate::preferences::{CACHE_VOLUMES, EDITOR, MAX_PARALLEL, OPTIMIZE, file};

    fn preferences(variables: &[(&str, &str)], text: &str) -> Result<Preferences> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let variables = variables.iter().map(own).collect();
        Preferences::new(&variables, file::read(&SourceFile::new("config.toml", text), false)?)
    }

    fn project(own: serde_json::Value) -> Map {
        Map::from_iter([("customizations".to_owned(), json!({"devc": own}))])
    }

    #[test]
    fn a_variable_wins_over_the_project_that_over_the_file_and_that_over_the_default() {
        let check = |variables: &[(&str, &str)], own, text, value, origin| {
            let found = preferences(variables, text).unwrap().find(&OPTIMIZE, &project(own));
            assert_eq!(found, Found { value: Some(Value::Flag(value)), origin });
        };
        let set = &[("DEVC_OPTIMIZE", "yes")];
        let file = "optimize = false";
        check(set, json!({"optimize": false}), file, true, Origin::Variable("DEVC_OPTIMIZE"));
        check(&[("DEVC_OPTIMIZE", "")], json!({"optimize": true}), file, true, Origin::Project);
        check(&[], json!({"volumes": true}), file, false, Origin::File(1));
        check(&[], json!({}), "", true, Origin::Default);
    }

    #[test]
    fn a_project_that_keeps_volumes_wants_them() {
        let preferences = preferences(&[], "cache-volumes = false\nmax-parallel = 2").unwrap();
        assert!(preferences.is_on(&CACHE_VOLUMES, &project(json!({"volumes": {"scope": "shared"}}))));
        assert!(!preferences.is_on(&CACHE_VOLUMES, &project(json!({}))));
        assert_eq!(preferences.count(&MAX_PARALLEL, &Map::new()), Some(2));
        let found = preferences.find(&MAX_PARALLEL, &project(json!({"prebuild": {"maxParallel": 8}})));
        assert_eq!(found, Found { value: Some(Value::Count(8)), origin: Origin::Project });
    }

    #[test]
    fn a_variable_with_a_mistake_is_refused() {
        let error = preferences(&[("DEVC_EDITOR", "vim")], "").unwrap_err();
        insta::assert_snapshot!(error.summary(), @"DEVC_EDITOR must be one of code, code-insiders, cursor, codium, zed, jetbrains, nvim, shell");
    }

    #[test]
    fn only_certificates_count_under_the_reference_clis_name() {
        let preferences = preferences(&[], "editor = \"zed\"\nca-file = \"~/ca.pem\"").unwrap().for_drop_in();
        assert_eq!(preferences.find(&EDITOR, &Map::new()).origin, Origin::Default);
        let home = Some(Path::new("/home/me"));
        assert_eq!(preferences.path(&CA_FILE, home), Some("/home/me/ca.pem".into()));
    }
}
