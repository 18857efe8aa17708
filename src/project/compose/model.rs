//! What `docker compose config` says, as far as we need it. Values of variables are not kept, so they cannot be shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::config::Map;
use crate::error::{Error, ErrorKind, Result};

/// A compose project with everything interpolated, included and merged by compose.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Model {
    /// The name that compose would give to the project.
    pub name: Option<String>,
    /// Its services by name.
    #[serde(default)]
    pub services: BTreeMap<String, Service>,
    /// Where secrets come from.
    #[serde(default)]
    pub secrets: BTreeMap<String, Secret>,
}

/// One service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Service {
    /// The image that it runs, or the name of the one that it builds.
    pub image: Option<String>,
    /// How to build its image.
    pub build: Option<Map>,
    /// Instead of the image's entrypoint; empty means none.
    pub entrypoint: Option<Vec<String>>,
    /// Instead of the image's command.
    pub command: Option<Vec<String>>,
    /// The variables that it sets.
    pub environment: BTreeMap<String, IgnoredAny>,
    /// What is mounted in it.
    pub volumes: Vec<ServiceVolume>,
    /// The user of its main process.
    pub user: Option<String>,
    /// What has to be there before it.
    pub depends_on: BTreeMap<String, Dependency>,
    /// The profiles in which it takes part; none means all.
    pub profiles: Vec<String>,
    /// The platform of its image.
    pub platform: Option<String>,
    /// When compose fetches or builds its image.
    pub pull_policy: Option<String>,
}

/// A mount of a service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServiceVolume {
    /// Where it is in the container.
    pub target: String,
}

/// How a service depends on another.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Dependency {
    /// `service_started`, `service_healthy` or `service_completed_successfully`.
    pub condition: String,
}

/// Where a secret comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Secret {
    /// A file.
    pub file: Option<String>,
    /// A variable of this machine.
    pub environment: Option<String>,
}

impl Model {
    /// Reads the JSON that compose prints, in which every dollar sign is doubled.
    pub fn parse(text: &str) -> Result<Self> {
        let unreadable = |error: serde_json::Error| {
            // The text holds secrets, and so may the reason.
            let place = format!("line {}, column {}", error.line(), error.column());
            Error::new(ErrorKind::Host, "The answer of docker compose cannot be read").because(place)
        };
        let mut value: Value = serde_json::from_str(text).map_err(unreadable)?;
        each_text(&mut value, &|text| text.replace("$$", "$"));
        Self::deserialize(value).map_err(unreadable)
    }

    /// The service of a configuration.
    pub fn service(&self, name: &str) -> Result<&Service> {
        self.services.get(name).ok_or_else(|| {
            let there: Vec<&str> = self.services.keys().map(String::as_str).collect();
            Error::new(
                ErrorKind::Config,
                format!("Service '{name}' configured in devcontainer.json not found in Docker Compose configuration."),
            )
            .hint(format!("Set \"service\" to one of: {}.", there.join(", ")))
        })
    }

    /// The services that run where nobody names any: those without a profile, and those of the given profiles.
    pub fn active(&self, profiles: &[&str]) -> Vec<&str> {
        let is_asked_for = |profile: &String| profiles.contains(&"*") || profiles.contains(&profile.as_str());
        let is_active =
            |service: &Service| service.profiles.is_empty() || service.profiles.iter().any(is_asked_for);
        let active = self.services.iter().filter(|(_, service)| is_active(service));
        active.map(|(name, _)| name.as_str()).collect()
    }

    /// Services with all on which they depend. Names of none are left out.
    pub fn with_dependencies<'a>(&'a self, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut open: Vec<&str> = names.into_iter().collect();
        let mut closed = BTreeSet::new();
        while let Some(name) = open.pop() {
            let Some(service) = self.services.get(name) else { continue };
            if closed.insert(name) {
                open.extend(service.depends_on.keys().map(String::as_str));
            }
        }
        closed
    }

    /// Services that are there to end: another one waits for that.
    pub fn jobs(&self) -> BTreeSet<&str> {
        let dependencies = self.services.values().flat_map(|service| &service.depends_on);
        let ends = dependencies.filter(|(_, how)| how.condition == "service_completed_successfully");
        ends.map(|(name, _)| name.as_str()).collect()
    }
}

impl Service {
    /// Whether the service sets a variable, in whatever case.
    pub fn sets(&self, variable: &str) -> bool {
        self.environment.keys().any(|name| name.eq_ignore_ascii_case(variable))
    }

    /// Where something is mounted in it.
    pub fn targets(&self) -> impl Iterator<Item = String> {
        self.volumes.iter().map(|volume| volume.target.clone())
    }

    /// The name of its image: the one it says, else compose's own for what it builds.
    pub fn image_name(&self, project: &str, service: &str) -> String {
        self.image.clone().unwrap_or_else(|| format!("{project}-{service}"))
    }
}

/// Changes every text of a value, names of members apart.
pub(crate) fn each_text(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each_text(value, change)),
        Value::Object(members) => members.values_mut().for_each(|value| each_text(value, change)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
        "name": "shop",
        "services": {
            "app": {
                "image": "base", "command": ["echo", "$$HOME"], "entrypoint": null, "user": "1000",
                "environment": {"TOKEN": "hunter2", "NOTHING": null},
                "depends_on": {"db": {"condition": "service_healthy", "required": true},
                               "migrate": {"condition": "service_completed_successfully"}},
                "networks": {"default": null}
            },
            "db": {"image": "db"},
            "migrate": {"build": {"context": "/w"}},
            "debug": {"image": "tools", "profiles": ["debug"], "depends_on": {"db": {"condition": "service_started"}}}
        }
    }"#;

    fn model() -> Model {
        Model::parse(TEXT).unwrap()
    }

    #[test]
    fn dollar_signs_are_single_and_values_of_variables_are_not_kept() {
        let model = model();
        let app = model.service("app").unwrap();
        assert_eq!(app.command.as_deref().unwrap(), ["echo", "$HOME"]);
        assert_eq!(app.entrypoint, None);
        assert!(app.sets("token") && app.sets("NOTHING") && !app.sets("OTHER"));
        assert!(!format!("{model:?}").contains("hunter2"));
    }

    #[test]
    fn a_service_that_is_not_there_is_told_with_those_that_are() {
        let model = model();
        let error = model.service("web").unwrap_err();
        assert!(error.to_string().starts_with("Service 'web' configured in devcontainer.json not found"));
        assert_eq!(error.hints(), ["Set \"service\" to one of: app, db, debug, migrate."]);
    }

    #[test]
    fn what_runs_follows_from_names_profiles_and_dependencies() {
        let model = model();
        let check = |names: &[&'static str], expected: &[&str]| {
            let all: Vec<&str> = model.with_dependencies(names.iter().copied()).into_iter().collect();
            assert_eq!(all, expected);
        };
        assert_eq!(model.active(&[]), ["app", "db", "migrate"]);
        assert_eq!(model.active(&["debug"]), ["app", "db", "debug", "migrate"]);
        check(&["app"], &["app", "db", "migrate"]);
        check(&["debug", "nobody"], &["db", "debug"]);
        assert_eq!(model.jobs().into_iter().collect::<Vec<_>>(), ["migrate"]);
    }

    #[test]
    fn an_unreadable_answer_is_told_without_its_text() {
        let error = Model::parse("{\"services\": hunter2").unwrap_err();
        assert_eq!(error.reasons(), ["line 1, column 14"]);
    }

    #[test]
    fn built_images_have_composes_own_name() {
        let model = model();
        assert_eq!(model.services["migrate"].image_name("shop", "migrate"), "shop-migrate");
        assert_eq!(model.services["db"].image_name("shop", "db"), "db");
    }
}
