//! `devc stack` on real folders.

use serde_json::json;

use crate::sandbox::Sandbox;

fn monorepo() -> Sandbox {
    Sandbox::new()
        .file(
            "web/package.json",
            "{\n  \"packageManager\": \"pnpm@9.1.0\",\n  \"scripts\": {\"build\": \"vite build\"}\n}",
        )
        .file("web/pnpm-lock.yaml", "lockfileVersion: '9.0'\n")
        .file("web/node_modules/left-pad/package.json", "{}")
        .file("api/pyproject.toml", "[project]\nrequires-python = \">=3.11\"\n")
        .file("api/uv.lock", "version = 1\n")
        .file("ignored/Cargo.toml", "[package]\n")
        .file(".gitignore", "/ignored\n")
}

#[test]
fn a_table_tells_what_a_repository_is_made_of() {
    insta::assert_snapshot!(monorepo().devc(["stack"]).run().stdout, @r"
    FOLDER  ECOSYSTEM   RUNS ON      INSTALL                                EVIDENCE
    api     uv          python 3.11  uv sync --locked --no-install-project  api/uv.lock
    web     pnpm 9.1.0  node (any)   pnpm install --frozen-lockfile         web/package.json:2 web/pnpm-lock.yaml
    ");
    let empty = Sandbox::new();
    let told = empty.devc(["stack"]).run();
    assert!(told.stdout.starts_with("No ecosystem that devc knows was found in "), "{told}");
}

#[test]
fn programs_get_json() {
    let result = monorepo().devc(["stack", "--json"]).run().json();
    assert_eq!(result["version"], 1);
    let web = &result["stacks"][1];
    assert_eq!(web["folder"], "web");
    assert_eq!(web["managerVersion"], json!({"is": "9.1.0", "from": "web/package.json:2"}));
    assert_eq!(web["runtime"], json!({"name": "node", "version": null, "default": "22"}));
    assert_eq!(web["tasks"], json!({"build": "pnpm run build"}));
    assert_eq!(web["lockfile"], "web/pnpm-lock.yaml");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let run = Sandbox::new().devc(["stack", "--workspace-folder", "nowhere"]).run();
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stderr.contains("could not read"), "{run}");
}
