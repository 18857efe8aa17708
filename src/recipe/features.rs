//! The Dockerfile that installs Features.
//!
//! Each Feature is one `RUN` that mounts nothing but the Feature's own folder, and the scripts that all share, from a
//! named build context. BuildKit compares such a mount by its content (names, modes, bytes; no times, no paths of the
//! host): another option of a Feature changes that Feature's folder only, so that it and what follows is installed
//! again, and nothing before.
//!
//! The mounts are below `/dev`, which is a fresh tmpfs in each `RUN`, so that they leave no folder in the image. As in
//! the reference CLI, Features run as root in `/tmp/dev-container-features/<folder>`, and what they leave in the image
//! of their own folders is nothing.
//!
//! `RUN` is in the exec form, because the image may have changed the shell, and has neither backslashes nor backticks,
//! because the user's Dockerfile may have changed the escape character.

use std::fmt::Write;

use serde_json::json;

use super::dockerfile::{Labelled, TARGET_STAGE, with_target_stage};
use super::fast_apt;
use crate::features::Planned;
use crate::features::install::{PREPARE_NAME, SCRIPT_NAME};
use crate::{Error, ErrorKind, Result};

/// The name of the build context with one folder per Feature, and [`SHARED_FOLDER`].
pub const CONTENT_CONTEXT: &str = "dev_containers_feature_content_source";

/// The folder of the build context with [`crate::features::install::shared_files`].
pub const SHARED_FOLDER: &str = "shared";

/// The mode of all files and folders in the build context, so that a checkout's umask makes no difference.
pub const CONTENT_MODE: u32 = 0o755;

/// Where Features are installed from.
const INSTALL_FOLDER: &str = "/tmp/dev-container-features";

/// Where the build context is mounted.
const MOUNTS: &str = "/dev/features";

/// A Feature to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureLayer {
    /// The id, for errors.
    pub id: String,
    /// Its folder in the build context: [`crate::features::Planned::folder_name`].
    pub folder: String,
    /// Variables from this Feature on. They may refer to others.
    pub container_env: Vec<(String, String)>,
}

/// What to put on top of an image or Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct FeatureRecipe {
    /// The Features in their order.
    pub layers: Vec<FeatureLayer>,
    /// The user that the image is to have in the end: the one that it has now.
    pub image_user: String,
    /// The `LABEL` instruction with the metadata of the image: `config::metadata::dockerfile_label`.
    pub label: String,
    /// `containerEnv` of devcontainer.json, taken literally.
    pub container_env: Vec<(String, String)>,
    /// Whether packages are installed by [`fast_apt`].
    pub fast_apt: bool,
}

/// Installs Features on the stage `target` of a Dockerfile, or on its last one.
pub fn features_on_dockerfile(text: &str, target: Option<&str>, recipe: &FeatureRecipe) -> Result<Labelled> {
    let body = recipe.body()?;
    with_target_stage(text, target, |base| stage(base, &body))
}

/// Installs Features on an image.
pub fn features_on_image(image: &str, recipe: &FeatureRecipe) -> Result<Labelled> {
    Ok(Labelled { text: stage(image, &recipe.body()?), target: TARGET_STAGE.to_owned() })
}

fn stage(base: &str, body: &str) -> String {
    format!("FROM {base} AS {TARGET_STAGE}\n{body}")
}

impl FeatureRecipe {
    /// All instructions after `FROM`.
    fn body(&self) -> Result<String> {
        let mut body = format!("USER root\n{}\n", prepare());
        for layer in &self.layers {
            body.push_str(&layer.instructions(self.fast_apt)?);
        }
        let user = if self.image_user.is_empty() { "root" } else { &self.image_user };
        let user = escaped(user, &['"', '\\', '$', '\'']);
        // Writing to a String cannot fail.
        let _ = write!(body, "USER {user}\n{}\n", self.label.trim_end());
        for (name, value) in &self.container_env {
            // A line break cannot be written. The container gets the variable when it is created.
            if !value.contains(['\n', '\r']) && is_name(name) {
                let _ = writeln!(body, "ENV {name}=\"{}\"", escaped(value, &['"', '\\', '$']));
            }
        }
        Ok(body)
    }
}

impl FeatureLayer {
    /// The layers of an install order.
    pub fn all(order: &[Planned]) -> Vec<Self> {
        let layer = |(place, planned): (usize, &Planned)| Self {
            id: planned.id.clone(),
            folder: planned.folder_name(place),
            container_env: planned.metadata.container_env(),
        };
        order.iter().enumerate().map(layer).collect()
    }

    fn instructions(&self, fast_apt: bool) -> Result<String> {
        let lines = self.container_env.iter().map(|(name, value)| self.variable(name, value));
        let variables = lines.collect::<Result<String>>()?;
        Ok(format!("{variables}{}\n", install(&self.folder, fast_apt)))
    }

    /// Dollar signs keep their meaning.
    fn variable(&self, name: &str, value: &str) -> Result<String> {
        let refused = |what: &str| {
            let summary = format!("The Feature '{}' cannot set the variable '{name}': {what}", self.id);
            Error::new(ErrorKind::Config, summary).hint("Report it to the author of the Feature.")
        };
        if !is_name(name) {
            return Err(refused("a Dockerfile cannot hold such a name"));
        }
        if value.contains(['\n', '\r']) {
            return Err(refused("its value has line breaks"));
        }
        Ok(format!("ENV {name}=\"{}\"\n", escaped(value, &['"', '\\'])))
    }
}

/// Puts what all Features share into the image. This layer changes only with the users.
fn prepare() -> String {
    run(
        &mount(SHARED_FOLDER),
        &json!([
            "/bin/sh",
            format!("{MOUNTS}/{SHARED_FOLDER}/{PREPARE_NAME}"),
            format!("{MOUNTS}/{SHARED_FOLDER}"),
            INSTALL_FOLDER
        ]),
    )
}

/// Copies the Feature's folder, since its script may write there, and removes it in the same layer.
fn install(folder: &str, fast_apt: bool) -> String {
    let script = format!("./{SCRIPT_NAME}");
    let (mounts, script) = if fast_apt {
        let mounts = [mount(folder), mount(SHARED_FOLDER), fast_apt::mounts()].join(" ");
        (mounts, format!("{} {script}", fast_apt::runner(&format!("{MOUNTS}/{SHARED_FOLDER}"))))
    } else {
        (mount(folder), script)
    };
    let copy = format!("{INSTALL_FOLDER}/{folder}");
    let steps = [
        format!("cp -a {MOUNTS}/{folder} {INSTALL_FOLDER}"),
        format!("chmod -R 0755 {copy}"),
        format!("cd {copy}"),
        script,
        format!("rm -rf {copy}"),
    ];
    run(&mounts, &json!(["/bin/sh", "-c", steps.join(" && ")]))
}

fn mount(folder: &str) -> String {
    format!("--mount=type=bind,from={CONTENT_CONTEXT},source={folder},target={MOUNTS}/{folder}")
}

fn run(mounts: &str, command: &serde_json::Value) -> String {
    format!("RUN {mounts} {command}")
}

fn is_name(name: &str) -> bool {
    let is_odd = |letter: char| letter.is_whitespace() || letter.is_control() || "=\"'\\$`".contains(letter);
    !name.is_empty() && !name.contains(is_odd)
}

fn escaped(text: &str, special: &[char]) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        if special.contains(&letter) {
            result.push('\\');
        }
        result.push(letter);
    }
    result
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::from_str;

    use super::*;
    use crate::config::metadata::dockerfile_label;
    use crate::recipe::dockerfile::{BuildTrust, Delivery, Trusted, Variables, scan, with_host_trust};

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn layer(folder: &str, container_env: &[(&str, &str)]) -> FeatureLayer {
        FeatureLayer {
            id: format!("./{folder}"),
            folder: folder.to_owned(),
            container_env: pairs(container_env),
        }
    }

    fn recipe() -> FeatureRecipe {
        FeatureRecipe {
            layers: vec![
                layer("git_0", &[]),
                layer("go_1", &[("PATH", "/go/bin:${PATH}"), ("Q", "a\"b\\c")]),
            ],
            image_user: "dev".to_owned(),
            label: dockerfile_label(&from_str::<Vec<_>>(r#"[{"id":"./git"},{"id":"./go"}]"#).unwrap()),
            container_env: pairs(&[("PRICE", "$5 \"a\\b\""), ("TWO", "a\nb")]),
            fast_apt: false,
        }
    }

    #[test]
    fn each_feature_is_one_layer_of_an_image() {
        insta::assert_snapshot!(features_on_image("debian:12", &recipe()).unwrap().text, @r#"
        FROM debian:12 AS dev_containers_target_stage
        USER root
        RUN --mount=type=bind,from=dev_containers_feature_content_source,source=shared,target=/dev/features/shared ["/bin/sh","/dev/features/shared/prepare-features.sh","/dev/features/shared","/tmp/dev-container-features"]
        RUN --mount=type=bind,from=dev_containers_feature_content_source,source=git_0,target=/dev/features/git_0 ["/bin/sh","-c","cp -a /dev/features/git_0 /tmp/dev-container-features && chmod -R 0755 /tmp/dev-container-features/git_0 && cd /tmp/dev-container-features/git_0 && ./devcontainer-features-install.sh && rm -rf /tmp/dev-container-features/git_0"]
        ENV PATH="/go/bin:${PATH}"
        ENV Q="a\"b\\c"
        RUN --mount=type=bind,from=dev_containers_feature_content_source,source=go_1,target=/dev/features/go_1 ["/bin/sh","-c","cp -a /dev/features/go_1 /tmp/dev-container-features && chmod -R 0755 /tmp/dev-container-features/go_1 && cd /tmp/dev-container-features/go_1 && ./devcontainer-features-install.sh && rm -rf /tmp/dev-container-features/go_1"]
        USER dev
        LABEL devcontainer.metadata="[ \
        {\"id\":\"./git\"}, \
        {\"id\":\"./go\"} ]"
        ENV PRICE="\$5 \"a\\b\""
        "#);
    }

    #[test]
    fn a_dockerfile_is_built_upon_with_its_own_escape_character() {
        let text = "# escape=`\nFROM a\nUSER x\n";
        let labelled = features_on_dockerfile(text, None, &recipe()).unwrap();
        insta::assert_snapshot!(labelled.text, @r#"
        # escape=`
        FROM a AS dev_container_auto_added_stage_label
        USER x
        FROM dev_container_auto_added_stage_label AS dev_containers_target_stage
        USER root
        RUN --mount=type=bind,from=dev_containers_feature_content_source,source=shared,target=/dev/features/shared ["/bin/sh","/dev/features/shared/prepare-features.sh","/dev/features/shared","/tmp/dev-container-features"]
        RUN --mount=type=bind,from=dev_containers_feature_content_source,source=git_0,target=/dev/features/git_0 ["/bin/sh","-c","cp -a /dev/features/git_0 /tmp/dev-container-features && chmod -R 0755 /tmp/dev-container-features/git_0 && cd /tmp/dev-container-features/git_0 && ./devcontainer-features-install.sh && rm -rf /tmp/dev-container-features/git_0"]
        ENV PATH="/go/bin:${PATH}"
        ENV Q="a`"b\c"
        RUN --mount=type=bind,from=dev_containers_feature_content_source,source=go_1,target=/dev/features/go_1 ["/bin/sh","-c","cp -a /dev/features/go_1 /tmp/dev-container-features && chmod -R 0755 /tmp/dev-container-features/go_1 && cd /tmp/dev-container-features/go_1 && ./devcontainer-features-install.sh && rm -rf /tmp/dev-container-features/go_1"]
        USER dev
        LABEL devcontainer.metadata="[ `
        {`"id`":`"./git`"}, `
        {`"id`":`"./go`"} ]"
        ENV PRICE="`$5 `"a\b`""
        "#);
        let facts = scan(&labelled.text, &Variables::default(), Some(&labelled.target)).unwrap();
        assert_eq!(facts.user(&BTreeMap::new(), "root"), "dev");
    }

    #[test]
    fn packages_are_installed_faster_where_that_is_wanted() {
        let recipe = FeatureRecipe { fast_apt: true, layers: vec![layer("git_0", &[])], ..recipe() };
        let text = features_on_image("debian:12", &recipe).unwrap().text;
        insta::assert_snapshot!(text.lines().nth(3).unwrap().replace(" --", "\n--"), @r#"
        RUN
        --mount=type=bind,from=dev_containers_feature_content_source,source=git_0,target=/dev/features/git_0
        --mount=type=bind,from=dev_containers_feature_content_source,source=shared,target=/dev/features/shared
        --mount=type=cache,id=devc-apt,sharing=private,target=/dev/devc-apt/cache
        --mount=type=tmpfs,target=/dev/devc-apt/scratch ["/bin/sh","-c","cp -a /dev/features/git_0 /tmp/dev-container-features && chmod -R 0755 /tmp/dev-container-features/git_0 && cd /tmp/dev-container-features/git_0 && /dev/features/shared/fast-apt.sh run ./devcontainer-features-install.sh && rm -rf /tmp/dev-container-features/git_0"]
        "#);
    }

    #[test]
    fn each_feature_can_be_given_the_hosts_trust() {
        let trust = BuildTrust::new(
            "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
            Delivery::Secrets,
        );
        let text = features_on_image("debian:12", &recipe()).unwrap().text;
        let Trusted::Changed(trusted) = with_host_trust(&text, &trust).unwrap() else { panic!("{text}") };
        assert_eq!(trusted.matches("--mount=type=bind").count(), 3);
        assert_eq!(trusted.matches(&trust.mounts()).count(), 3);
    }

    #[test]
    fn what_a_dockerfile_cannot_hold_is_refused() {
        let refusal = |name, value| {
            let recipe =
                FeatureRecipe { layers: vec![layer("x_0", &[(name, value)])], ..FeatureRecipe::default() };
            features_on_image("a", &recipe).unwrap_err().summary().to_owned()
        };
        assert_eq!(
            refusal("A", "b\nc"),
            "The Feature './x_0' cannot set the variable 'A': its value has line breaks"
        );
        assert_eq!(
            refusal("A B", "c"),
            "The Feature './x_0' cannot set the variable 'A B': a Dockerfile cannot hold such a name"
        );
    }
}
