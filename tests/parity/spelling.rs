//! How the words of a command line may be spelled, and which mistakes in them both refuse.

use serde_json::json;

use crate::compare;
use crate::differences::intended;
use crate::place::Place;
use crate::tool::{Tool, needs_engine};

const READ: &str = "read-configuration --workspace-folder .";

fn place() -> Place {
    Place::with_config("spelling", &json!({"image": "devc-base:bookworm", "name": "spelling"}))
}

#[test]
fn what_both_understand() {
    needs_engine!();
    let place = place();
    for line in [
        "read-configuration",
        "read-configuration --workspace-folder=.",
        "read-configuration --workspaceFolder .",
        "read-configuration --workspaceFolder=.",
        "--workspace-folder . read-configuration",
        "--log-format json read-configuration",
        "read-configuration --workspace-folder ''",
        "read-configuration --config= --override-config '' --container-id=",
        &format!("{READ} --mount-workspace-git-root"),
        &format!("{READ} --mount-workspace-git-root false"),
        &format!("{READ} --mountWorkspaceGitRoot=true"),
        &format!("{READ} --include-merged-configuration=false"),
        &format!("{READ} --include-merged-configuration false --log-level debug"),
        &format!("{READ} --id-label a=b --id-label c=d=e"),
        &format!("{READ} --terminal-columns 80 --terminal-rows=24"),
        &format!(
            "{READ} --docker-path docker --docker-compose-path docker-compose --user-data-folder /tmp/x"
        ),
        &format!("{READ} --additional-features={{}} --skip-feature-auto-mapping true --oci-auth-hardening"),
    ] {
        compare::same(&place, line).check();
    }
}

#[test]
fn what_both_refuse() {
    needs_engine!();
    let place = place();
    for line in [
        "",
        "ups",
        "READ-CONFIGURATION",
        "--include-merged-configuration read-configuration",
        "read-configuration --workspace-fold .",
        &format!("{READ} extra"),
        &format!("{READ} -x"),
        &format!("{READ} --Workspace-Folder ."),
        &format!("{READ} --no-include-merged-configuration"),
        &format!("{READ} --include-merged-configuration maybe"),
        &format!("{READ} --id-label a"),
        &format!("{READ} --id-label="),
        &format!("{READ} --id-label a=b c=d"),
        &format!("{READ} --log-level warn"),
        &format!("{READ} --log-level="),
        &format!("{READ} --terminal-columns 80"),
        &format!("{READ} --oci-auth-hardening --allow-cross-origin-auth-host nonsense"),
        "up --mount nonsense",
        "up --remote-env A",
        "up --remote-env =A",
        "up --workspace-mount-consistency tight",
        "up --gpu-availability some",
        "up --update-remote-user-uid-default maybe",
        "up --default-user-env-probe fish",
        "build --buildkit sometimes",
        "set-up",
        "exec --remote-env A ls",
        "run-user-commands --nonsense",
    ] {
        for tool in [Tool::Reference, Tool::Devc] {
            let ran = place.run(tool, line);
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran}");
            assert!(!ran.stderr.is_empty(), "{ran}");
        }
    }
}

#[test]
fn mistakes_that_only_one_refuses() {
    needs_engine!();
    intended("N15");
    let place = place();
    for line in [
        "read-configuration --workspace-folder",
        &format!("{READ} --include-merged-configuration=maybe"),
        &format!("{READ} --terminal-columns wide --terminal-rows 24"),
    ] {
        assert_eq!(place.run(Tool::Reference, line).code, 0, "{line}");
        let devc = place.run(Tool::Devc, line);
        assert_eq!((devc.code, devc.stdout.as_str()), (1, ""), "{devc}");
    }
}

#[test]
fn the_version_is_the_one_whose_place_is_taken() {
    needs_engine!();
    let place = place();
    for line in ["--version", "up --version", "read-configuration --workspace-folder . --version"] {
        let [reference, devc] = [Tool::Reference, Tool::Devc].map(|tool| place.run(tool, line));
        assert_eq!((reference.code, &reference.stdout), (devc.code, &devc.stdout), "{line}");
    }
    let help = place.run(Tool::Devc, "up --help");
    assert!(help.stdout.contains("Usage: devcontainer up"), "{help}");
}
