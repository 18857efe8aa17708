//! The compose file with the dev stage as a service, to use alone or over a project's own files.

use std::collections::{BTreeMap, BTreeSet};

use crate::recipe::image::{ImageOptions, Section, WORK_FOLDER};
use crate::stack::{Cache, Stack};
use crate::volumes::Labels;

/// Where the file is, from the root on.
pub const FILE_NAME: &str = "compose.devc.yaml";

/// The service's name.
pub const SERVICE: &str = "dev";

/// Writes the sections of the file for the stacks of the project `name`.
pub fn sections(name: &str, stacks: &[Stack<'_>], options: &ImageOptions) -> Vec<Section> {
    let caches = caches(stacks);
    let section = |id: &str, text: String| Section { id: id.to_owned(), text };
    let services = section("services", service(name, &caches, &dependency_folders(stacks), &options.user));
    let volumes = (!caches.is_empty()).then(|| section("volumes", volumes(&caches)));
    std::iter::once(services).chain(volumes).collect()
}

/// The caches in the user's home, by name. Those of the system belong to builds: nobody installs packages by hand.
fn caches<'a>(stacks: &[Stack<'a>]) -> BTreeMap<&'a str, &'a str> {
    let tables = stacks.iter().flat_map(|stack| {
        std::iter::once(stack.table).chain(stack.additions.iter().map(|(table, _)| *table))
    });
    let in_home = |cache: &'a Cache| Some((cache.name.as_str(), cache.path.strip_prefix("~/")?));
    tables.flat_map(|table| table.caches.iter().filter_map(in_home)).collect()
}

/// Where installed dependencies are in the image. The repository, mounted above, would hide them, were it not for a volume
/// at their place: a new one begins with what the image has there.
pub fn dependency_folders(stacks: &[Stack<'_>]) -> Vec<String> {
    // Names with an extension are files.
    let is_folder = |name: &&String| name.rsplit('/').next().is_some_and(|last| !last[1..].contains('.'));
    let installed = stacks.iter().filter(|stack| stack.install_command().is_some());
    let folders = installed.flat_map(|stack| {
        let below = if stack.folder.is_empty() { String::new() } else { format!("/{}", stack.folder) };
        let names = stack.table.outputs.dependencies.iter().filter(is_folder);
        names.map(move |name| format!("{WORK_FOLDER}{below}/{name}"))
    });
    folders.collect::<BTreeSet<_>>().into_iter().collect()
}

fn service(name: &str, caches: &BTreeMap<&str, &str>, dependencies: &[String], user: &str) -> String {
    let image = format!("${{DEVC_IMAGE:-localhost/{}-dev}}", image_name(name));
    let mounts = caches.iter().map(|(cache, path)| format!("      - {cache}:/home/{user}/{path}\n"));
    let mounts: String = mounts.collect();
    let installed: String = dependencies.iter().map(|folder| format!("      - {folder}\n")).collect();
    let installed = match installed.as_str() {
        "" => installed,
        _ => format!(
            "      # Dependencies are the image's. After they changed: up --build --renew-anon-volumes\n{installed}"
        ),
    };
    format!(
        "\
# Alone:                    docker compose -f {FILE_NAME} up --detach
# Beside your own services: docker compose -f compose.yaml -f {FILE_NAME} up --detach
services:
  {SERVICE}:
    # Set DEVC_IMAGE to a name in your registry, and whoever builds starts from what the last one pushed. The default
    # stays on this machine, and nobody else can publish it.
    image: \"{image}\"
    build:
      context: .
      target: dev
      cache_from:
        - \"{image}\"
      # The image brings its own cache: the engine's default store exports no other kind. With the containerd store,
      # or a builder in a container, type=registry,mode=max also keeps the stages that are not part of the image.
      cache_to:
        - type=inline
    init: true
    command: [\"sleep\", \"infinity\"]
    working_dir: {WORK_FOLDER}
    volumes:
      - .:{WORK_FOLDER}
{installed}{mounts}"
    )
}

fn volumes(caches: &BTreeMap<&str, &str>) -> String {
    let mut text = String::from("# What package managers keep outlives the container.\nvolumes:\n");
    for cache in caches.keys() {
        text.push_str(&format!("  {cache}:\n    labels:\n"));
        // Whose project it is and since when differs from checkout to checkout.
        let labels = Labels { cache: (*cache).to_owned(), ..Labels::default() }.to_map();
        for (label, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(&format!("      {label}: \"{value}\"\n"));
        }
    }
    text
}

/// The name as a part of an image's name may be.
fn image_name(name: &str) -> String {
    let words = name.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    if name.is_empty() { "project".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{Repository, Tables, detect};

    struct Files(Vec<String>);

    impl Repository for Files {
        fn files(&self) -> &[String] {
            &self.0
        }

        fn read(&self, _: &str) -> Option<String> {
            Some("[package]\n".to_owned())
        }
    }

    fn text(files: &[&str]) -> String {
        let tables = Tables::embedded().unwrap();
        let files = Files(files.iter().map(|file| (*file).to_owned()).collect());
        let sections = sections("My App!", &detect(&tables, &files), &ImageOptions::default());
        sections.iter().map(|section| section.text.as_str()).collect()
    }

    #[test]
    fn caches_become_volumes_that_devc_finds_by_label() {
        insta::assert_snapshot!(text(&["Cargo.lock", "Cargo.toml", "web/package-lock.json"]), @r#"
        # Alone:                    docker compose -f compose.devc.yaml up --detach
        # Beside your own services: docker compose -f compose.yaml -f compose.devc.yaml up --detach
        services:
          dev:
            # Set DEVC_IMAGE to a name in your registry, and whoever builds starts from what the last one pushed. The default
            # stays on this machine, and nobody else can publish it.
            image: "${DEVC_IMAGE:-localhost/my-app-dev}"
            build:
              context: .
              target: dev
              cache_from:
                - "${DEVC_IMAGE:-localhost/my-app-dev}"
              # The image brings its own cache: the engine's default store exports no other kind. With the containerd store,
              # or a builder in a container, type=registry,mode=max also keeps the stages that are not part of the image.
              cache_to:
                - type=inline
            init: true
            command: ["sleep", "infinity"]
            working_dir: /app
            volumes:
              - .:/app
              # Dependencies are the image's. After they changed: up --build --renew-anon-volumes
              - /app/web/node_modules
              - cargo-git:/home/dev/.cargo/git
              - cargo-registry:/home/dev/.cargo/registry
              - npm:/home/dev/.npm
        # What package managers keep outlives the container.
        volumes:
          cargo-git:
            labels:
              devc.volume: "1"
              devc.volume.cache: "cargo-git"
              devc.volume.scope: "project"
          cargo-registry:
            labels:
              devc.volume: "1"
              devc.volume.cache: "cargo-registry"
              devc.volume.scope: "project"
          npm:
            labels:
              devc.volume: "1"
              devc.volume.cache: "npm"
              devc.volume.scope: "project"
        "#);
    }

    #[test]
    fn without_caches_there_are_no_volumes() {
        assert!(!text(&[]).contains("labels"));
    }
}
