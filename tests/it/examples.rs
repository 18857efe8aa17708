//! The projects below `examples/`.

use std::path::PathBuf;

use crate::repository;
use crate::sandbox::Sandbox;

#[test]
fn the_dev_containers_are_read_without_a_complaint() {
    let sandbox = Sandbox::new();
    let with_dev_container = |folder: &PathBuf| {
        folder.join(".devcontainer.json").exists() || folder.join(".devcontainer").exists()
    };
    let folders: Vec<_> = examples().into_iter().filter(with_dev_container).collect();
    assert!(folders.len() >= 3, "{folders:?}");
    for folder in folders {
        let words = ["read-configuration", "--workspace-folder", folder.to_str().unwrap()];
        let read = sandbox.devc(words).run().json();
        assert!(read["configuration"]["name"].is_string(), "{}: {read}", folder.display());
    }
}

#[test]
fn the_stack_of_each_is_known() {
    let sandbox = Sandbox::new();
    let mut stacks = Vec::new();
    for folder in examples() {
        let words = ["stack", "--json", "--workspace-folder", folder.to_str().unwrap()];
        let found = sandbox.devc(words).run().json();
        let name = folder.file_name().unwrap().to_str().unwrap();
        for stack in found["stacks"].as_array().unwrap() {
            let text = |member: &str| stack[member].as_str().unwrap_or("no lockfile").to_owned();
            stacks.push(format!("{name}/{}: {}, {}", text("folder"), text("manager"), text("lockfile")));
        }
    }
    insta::assert_snapshot!(stacks.join("\n"), @"
    bookshelf/: pip, no lockfile
    bookshelf/.devcontainer: apt, no lockfile
    bookshelf/web: npm, web/package-lock.json
    mixed/: apt, no lockfile
    mixed/api: pip, no lockfile
    mixed/stock: cargo, stock/Cargo.lock
    mixed/web: npm, web/package-lock.json
    node-api/: npm, package-lock.json
    node-api/: apt, no lockfile
    python-pip/: pip, no lockfile
    python-pip/: apt, no lockfile
    python-uv/: uv, uv.lock
    python-uv/: apt, no lockfile
    rust-service/: cargo, Cargo.lock
    rust-service/: apt, no lockfile
    vite-app/: npm, package-lock.json
    vite-app/: apt, no lockfile
    ");
}

/// Those that `devc generate` has made, which it knows by their first lines.
#[test]
fn the_generated_files_are_up_to_date() {
    let sandbox = Sandbox::new();
    let is_generated = |folder: &PathBuf| folder.join("compose.devc.yaml").exists();
    let folders: Vec<_> = examples().into_iter().filter(is_generated).collect();
    assert_eq!(folders.len(), 6, "{folders:?}");
    for folder in folders {
        let words = ["generate", "--check", "--workspace-folder", folder.to_str().unwrap()];
        let checked = sandbox.devc(words).run();
        assert_eq!(checked.code, Some(0), "{}: {checked}", folder.display());
    }
}

/// So that a mirror serves as well as the registry that the lockfile was made with.
#[test]
fn the_npm_lockfiles_name_no_registry() {
    let lockfiles = files_named("package-lock.json");
    assert!(lockfiles.len() >= 4, "{lockfiles:?}");
    for lockfile in lockfiles {
        let text = std::fs::read_to_string(&lockfile).unwrap();
        assert!(!text.contains("\"resolved\""), "{}", lockfile.display());
    }
}

fn examples() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository().join("examples")).unwrap();
    let mut folders: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn files_named(name: &str) -> Vec<PathBuf> {
    let walk = ignore::Walk::new(repository().join("examples"));
    walk.map(|entry| entry.unwrap().into_path()).filter(|path| path.ends_with(name)).collect()
}
