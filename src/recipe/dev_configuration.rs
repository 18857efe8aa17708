//! The devcontainer.json of a repository that has none, so that `devc up` works with its generated files.

use serde_json::{Value, json};

use crate::recipe::compose_overlay;
use crate::recipe::image::{ImageOptions, WORK_FOLDER};

/// Where it is, from the root on.
pub const FILE_NAME: &str = ".devcontainer/devcontainer.json";

/// Writes the file. With the compose file of a project the dev container is one of its services. The folders of
/// `dependencies` stay the image's where the repository is mounted above them.
pub fn text(
    name: &str,
    compose_file: Option<&str>,
    dependencies: &[String],
    options: &ImageOptions,
) -> String {
    let mut config = match compose_file {
        Some(file) => json!({
            "name": name,
            "dockerComposeFile": [format!("../{file}"), format!("../{}", compose_overlay::FILE_NAME)],
            "service": compose_overlay::SERVICE,
        }),
        None => json!({
            "name": name,
            "build": {"dockerfile": "../Dockerfile", "context": "..", "target": "dev"},
            "workspaceMount": format!("type=bind,source=${{localWorkspaceFolder}},target={WORK_FOLDER}"),
            "mounts": dependencies.iter().map(|folder| format!("type=volume,target={folder}")).collect::<Vec<_>>(),
        }),
    };
    config["workspaceFolder"] = Value::from(WORK_FOLDER);
    config["remoteUser"] = Value::from(options.user.as_str());
    format!("// Made once by `devc generate`, and yours from then on.\n{config:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dev_container_is_the_dev_stage() {
        insta::assert_snapshot!(text("web", None, &["/app/node_modules".to_owned()], &ImageOptions::default()), @r#"
        // Made once by `devc generate`, and yours from then on.
        {
          "name": "web",
          "build": {
            "dockerfile": "../Dockerfile",
            "context": "..",
            "target": "dev"
          },
          "workspaceMount": "type=bind,source=${localWorkspaceFolder},target=/app",
          "mounts": [
            "type=volume,target=/app/node_modules"
          ],
          "workspaceFolder": "/app",
          "remoteUser": "dev"
        }
        "#);
    }

    #[test]
    fn beside_the_services_of_a_project_it_is_one_of_them() {
        insta::assert_snapshot!(text("web", Some("compose.yaml"), &[], &ImageOptions::default()), @r#"
        // Made once by `devc generate`, and yours from then on.
        {
          "name": "web",
          "dockerComposeFile": [
            "../compose.yaml",
            "../compose.devc.yaml"
          ],
          "service": "dev",
          "workspaceFolder": "/app",
          "remoteUser": "dev"
        }
        "#);
    }
}
