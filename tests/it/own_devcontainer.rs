//! The dev container of this repository.

use crate::repository;
use crate::sandbox::Sandbox;

#[test]
fn devc_reads_its_own_dev_container_without_a_complaint() {
    let sandbox = Sandbox::new();
    let folder = repository().to_str().unwrap();
    let outcome = sandbox.devc(["read-configuration", "--workspace-folder", folder]).run();
    let configuration = outcome.json()["configuration"].clone();
    assert_eq!(configuration["name"], "devc");
    let dockerfile = configuration["build"]["dockerfile"].as_str().unwrap();
    let dockerfile = std::fs::read_to_string(repository().join(".devcontainer").join(dockerfile)).unwrap();
    let arguments = configuration["build"]["args"].as_object().unwrap();
    assert!(!arguments.is_empty());
    for name in arguments.keys() {
        assert!(dockerfile.contains(&format!("ARG {name}")), "the Dockerfile does not know {name}");
    }
}
