//! The `build` section of a service as a build of ours.

use std::path::PathBuf;

use serde_json::Value;

use super::model::{Model, Service};
use crate::config::Map;
use crate::project::{DockerfileBuild, ImageBase, ImageBuild};

/// What in a `build` section only compose understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood(pub String);

impl Model {
    /// The build of a service's image under `name`; `None` when it has no `build` section.
    pub fn image_build(&self, service: &Service, name: String) -> Option<Result<ImageBuild, NotUnderstood>> {
        let section = Section { section: service.build.as_ref()?, model: self };
        Some(section.read().map(|mut build| {
            let platform = service.platform.iter().flat_map(|platform| ["--platform", platform]);
            build.options.extend(platform.map(str::to_owned));
            ImageBuild {
                tags: std::iter::once(name).chain(section.tags()).collect(),
                base: ImageBase::Dockerfile(Box::new(build)),
                user: service.user.clone(),
            }
        }))
    }
}

struct Section<'a> {
    section: &'a Map,
    model: &'a Model,
}

impl Section<'_> {
    fn read(&self) -> Result<DockerfileBuild, NotUnderstood> {
        let context = self.text_of("context").unwrap_or_default();
        // What is no absolute path is a repository or an archive somewhere else.
        if !context.starts_with('/') {
            return Err(NotUnderstood("a remote context".to_owned()));
        }
        let context = PathBuf::from(context);
        let mut build = DockerfileBuild {
            dockerfile: context.join(self.text_of("dockerfile").unwrap_or("Dockerfile")),
            context,
            args: Vec::new(),
            target: None,
            cache_from: Vec::new(),
            options: Vec::new(),
        };
        for (key, value) in self.section.iter().filter(|(_, value)| !is_empty(value)) {
            self.apply(&mut build, key, value)?;
        }
        Ok(build)
    }

    fn tags(&self) -> Vec<String> {
        self.section.get("tags").map(texts).unwrap_or_default()
    }

    fn text_of(&self, key: &str) -> Option<&str> {
        self.section.get(key).and_then(Value::as_str)
    }

    fn apply(&self, build: &mut DockerfileBuild, key: &str, value: &Value) -> Result<(), NotUnderstood> {
        let foreign = || NotUnderstood(format!("\"{key}\""));
        match key {
            "context" | "dockerfile" | "tags" => {}
            "args" => build.args = pairs(value),
            "target" => build.target = value.as_str().map(str::to_owned),
            "cache_from" => build.cache_from = texts(value),
            "cache_to" => build.options.extend(options("--cache-to", texts(value))),
            "labels" => build.options.extend(options("--label", assignments(value))),
            "ssh" => build.options.extend(options("--ssh", texts(value))),
            "network" | "shm_size" => {
                let option = format!("--{}", key.replace('_', "-"));
                build.options.extend(options(&option, vec![text(value)]));
            }
            "extra_hosts" => {
                let hosts = texts(value).into_iter().map(|host| host.replacen('=', ":", 1)).collect();
                build.options.extend(options("--add-host", hosts));
            }
            "no_cache" | "pull" => build.options.extend(flag(key, value)),
            "platforms" => match &texts(value)[..] {
                [platform] => build.options.extend(options("--platform", vec![platform.clone()])),
                _ => return Err(foreign()),
            },
            "additional_contexts" => {
                let contexts = assignments(value);
                if contexts.iter().any(|context| context.contains("=service:")) {
                    return Err(foreign());
                }
                build.options.extend(options("--build-context", contexts));
            }
            "secrets" => {
                let secrets: Option<Vec<String>> =
                    list(value).iter().map(|secret| self.secret(secret)).collect();
                build.options.extend(options("--secret", secrets.ok_or_else(foreign)?));
            }
            _ => return Err(foreign()),
        }
        Ok(())
    }

    /// A secret as buildx takes it: never its value, only where it is.
    fn secret(&self, secret: &Value) -> Option<String> {
        let source = secret.get("source").and_then(Value::as_str)?;
        let id = secret.get("target").and_then(Value::as_str).unwrap_or(source);
        let place = self.model.secrets.get(source)?;
        match (&place.file, &place.environment) {
            (Some(file), _) if !file.contains([',', '"']) => Some(format!("id={id},src={file}")),
            (None, Some(variable)) => Some(format!("id={id},env={variable}")),
            _ => None,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn flag(key: &str, value: &Value) -> Option<String> {
    (value == &Value::Bool(true)).then(|| format!("--{}", key.replace('_', "-")))
}

fn options(name: &str, values: Vec<String>) -> impl Iterator<Item = String> + use<> {
    let name = name.to_owned();
    values.into_iter().flat_map(move |value| [name.clone(), value])
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Names with values. Where the value is missing, compose has found none on this machine.
fn pairs(value: &Value) -> Vec<(String, String)> {
    let members = value.as_object().into_iter().flatten();
    let given = members.filter(|(_, value)| !value.is_null());
    given.map(|(name, value)| (name.clone(), text(value))).collect()
}

fn assignments(value: &Value) -> Vec<String> {
    if value.is_array() {
        return texts(value);
    }
    pairs(value).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(section: &str) -> Result<ImageBuild, NotUnderstood> {
        let text = format!(
            r#"{{"services": {{"app": {{"build": {section}}}}}, "secrets": {{"token": {{"file": "/w/token"}},
               "key": {{"environment": "KEY"}}, "odd": {{"file": "/w/a,b"}}}}}}"#
        );
        let model = Model::parse(&text).unwrap();
        model.image_build(&model.services["app"], "shop-app".into()).unwrap()
    }

    fn build(section: &str) -> Result<DockerfileBuild, NotUnderstood> {
        whole(section).map(|build| match build.base {
            ImageBase::Dockerfile(build) => *build,
            ImageBase::Image(image) => panic!("{image}"),
        })
    }

    fn check(section: &str, expected: &[&str]) {
        let section = format!(r#"{{"context": "/w", {section}}}"#);
        assert_eq!(build(&section).unwrap().options, expected);
    }

    #[test]
    fn a_section_is_a_build_like_that_of_a_dockerfile_configuration() {
        let section = r#"{"context": "/w", "dockerfile": "sub/Dockerfile", "target": "dev", "args":
            {"A": "1$$2", "B": null}, "cache_from": ["x"], "tags": ["more"], "ulimits": {}, "pull": false}"#;
        let expected = DockerfileBuild {
            dockerfile: "/w/sub/Dockerfile".into(),
            context: "/w".into(),
            args: vec![("A".into(), "1$2".into())],
            target: Some("dev".into()),
            cache_from: vec!["x".into()],
            options: Vec::new(),
        };
        assert_eq!(build(section), Ok(expected));
        assert_eq!(whole(section).unwrap().tags, ["shop-app", "more"]);
        assert_eq!(build(r#"{"context": "/w"}"#).unwrap().dockerfile, PathBuf::from("/w/Dockerfile"));
    }

    #[test]
    fn what_a_build_takes_as_options_is_handed_on() {
        check(r#""labels": {"a": "b"}, "network": "host""#, &["--label", "a=b", "--network", "host"]);
        check(
            r#""extra_hosts": ["db=10.0.0.1"], "shm_size": "64""#,
            &["--add-host", "db:10.0.0.1", "--shm-size", "64"],
        );
        check(
            r#""additional_contexts": {"lib": "/lib"}, "no_cache": true"#,
            &["--build-context", "lib=/lib", "--no-cache"],
        );
        check(r#""platforms": ["linux/arm64"]"#, &["--platform", "linux/arm64"]);
    }

    #[test]
    fn secrets_are_named_by_their_place() {
        let secrets = r#""secrets": [{"source": "token"}, {"source": "key", "target": "id"}]"#;
        check(secrets, &["--secret", "id=token,src=/w/token", "--secret", "id=id,env=KEY"]);
    }

    #[test]
    fn what_only_compose_understands_is_named() {
        let check = |section: &str, expected: &str| {
            assert_eq!(build(section), Err(NotUnderstood(expected.to_owned())));
        };
        check(r#"{"context": "https://example.org/x.git"}"#, "a remote context");
        check(r#"{"context": "/w", "dockerfile_inline": "FROM x"}"#, "\"dockerfile_inline\"");
        check(r#"{"context": "/w", "secrets": [{"source": "odd"}]}"#, "\"secrets\"");
        check(r#"{"context": "/w", "platforms": ["a", "b"]}"#, "\"platforms\"");
        check(r#"{"context": "/w", "additional_contexts": {"x": "service:db"}}"#, "\"additional_contexts\"");
    }
}
