//! `devc optimize` on real folders.

use crate::events::events_of_up;
use crate::sandbox::Sandbox;

const DOCKERFILE: &str = "\
FROM debian:12
WORKDIR /app
COPY . .
RUN apt-get update && apt-get install -y nodejs npm && npm ci && npm run build
";

fn project() -> Sandbox {
    Sandbox::new()
        .file("Dockerfile", DOCKERFILE)
        .file(".dockerignore", ".git\nnode_modules\n")
        .file("package.json", "{}")
        .file("package-lock.json", "{}")
}

#[test]
fn what_could_be_better_is_told_with_its_line() {
    insta::assert_snapshot!(project().devc(["optimize"]).run().stdout, @"
    Dockerfile:4 DL3009: the lists of packages stay in the image
      They are some 20 MB (an estimate) that each pull of the image fetches.
      Offered: `&& rm -rf /var/lib/apt/lists/*` at the end of the RUN. The image has no lists: later installs need an `apt-get update`. Take it with --accept DL3009.

    Dockerfile:4 DL3015: apt-get installs what packages recommend, too
      Recommended packages are fetched and unpacked in each build, and few images need them.
      Add --no-install-recommends, and name what is missing then.

    Dockerfile:4 devc/cache-mount: `apt-get install -y nodejs npm` fetches everything again when it runs again
      A cache mount keeps what was fetched from one build to the next, and out of the image.
      Offered: --mount=type=cache for apt-archives. The image has no downloads in that folder; the base image's user must be root. Take it with --accept devc/cache-mount.

    Dockerfile:4 devc/cache-mount: `npm ci` fetches everything again when it runs again
      A cache mount keeps what was fetched from one build to the next, and out of the image.
      Offered: --mount=type=cache for npm. The image has no downloads in that folder; the base image's user must be root. Take it with --accept devc/cache-mount.

    Dockerfile:4 devc/source-before-install: packages are installed after the source was copied
      Each edit of a source file repeats the install: what comes after a COPY is built again when it changes.
      In the patch: an edit of the source repeats 1 of 4 commands (counted, not measured).

    See the patch with --diff, or write it with --apply.
    ");
}

#[test]
fn the_patch_applies() {
    let sandbox = project();
    let patch = sandbox.devc(["optimize", "--diff"]).run().stdout;
    insta::assert_snapshot!(patch, @"
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,4 +1,7 @@
     FROM debian:12
     WORKDIR /app
    +RUN apt-get update && apt-get install -y nodejs npm
    +COPY package-lock.json package.json ./
    +RUN npm ci
     COPY . .
    -RUN apt-get update && apt-get install -y nodejs npm && npm ci && npm run build
    +RUN npm run build
    ");
}

#[test]
fn nothing_is_written_unless_it_is_asked_for_and_a_copy_is_kept() {
    let sandbox = project();
    let read = || std::fs::read_to_string(sandbox.project().join("Dockerfile")).unwrap();
    sandbox.devc(["optimize"]).run();
    assert_eq!(read(), DOCKERFILE);
    sandbox.devc(["optimize", "--apply"]).run();
    assert!(read().contains("COPY package-lock.json package.json ./\nRUN npm ci\n"), "{}", read());
    let kept = std::fs::read_dir(sandbox.state().join("replaced")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read_to_string(kept.join("Dockerfile")).unwrap(), DOCKERFILE);
    let again = sandbox.devc(["optimize", "--diff"]).run();
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), ""), "{again}");
}

#[test]
fn programs_get_json() {
    let told = project().devc(["optimize", "--json"]).run().json();
    assert_eq!(told["version"], 1);
    assert_eq!(told["written"], false);
    let order = &told["findings"].as_array().unwrap()[0];
    assert_eq!(order["line"], 4);
    assert_eq!(told["improved"][0]["path"], "Dockerfile");
    assert!(told["improved"][0]["text"].as_str().unwrap().starts_with("FROM debian:12\n"));
}

#[test]
fn what_makes_another_image_is_taken_where_it_is_accepted() {
    let sandbox = project().file("Dockerfile", DOCKERFILE.replace("npm run build", "npm run build\nCMD x"));
    let sandbox = sandbox.file(".dockerignore", "dist\n");
    let patch = sandbox.devc(["optimize", "--diff", "--accept", "devc/context,DL3009"]).run().stdout;
    insta::assert_snapshot!(patch, @"
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,5 +1,8 @@
     FROM debian:12
     WORKDIR /app
    +RUN apt-get update && apt-get install -y nodejs npm && rm -rf /var/lib/apt/lists/*
    +COPY package-lock.json package.json ./
    +RUN npm ci
     COPY . .
    -RUN apt-get update && apt-get install -y nodejs npm && npm ci && npm run build
    +RUN npm run build
     CMD x
    --- a/.dockerignore
    +++ b/.dockerignore
    @@ -1 +1,3 @@
    +.git
    +node_modules
     dist
    ");
    let applied =
        patch.clone() + &sandbox.devc(["optimize", "--accept", "devc/context", "--apply"]).run().stdout;
    assert!(
        applied.contains("In the patch, as accepted: the lines .git node_modules in .dockerignore."),
        "{applied}"
    );
    let ignored = std::fs::read_to_string(sandbox.project().join(".dockerignore")).unwrap();
    assert_eq!(ignored, ".git\nnode_modules\ndist\n");
    let unknown = sandbox.devc(["optimize", "--accept", "DL3015"]).run();
    assert_eq!(unknown.code, Some(1), "{unknown}");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let run = Sandbox::new().devc(["optimize"]).run();
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stderr.contains("there is no Dockerfile"), "{run}");
}

#[test]
fn what_the_last_build_took_is_what_an_edit_saves() {
    let sandbox = project().file(
        ".devcontainer/devcontainer.json",
        r#"{"build": {"dockerfile": "../Dockerfile", "context": ".."}}"#,
    );
    let identified = |event: &serde_json::Value| event["id"].as_str().map(str::to_owned);
    let own = events_of_up(&sandbox).iter().find_map(identified).unwrap();
    let run = |id: &str, milliseconds: u64| {
        let step = "[4/4] RUN apt-get update && apt-get install -y nodejs npm && npm ci && npm run build";
        serde_json::json!({
            "version": 1, "started": 1_767_323_045_000_u64, "verb": "up", "devContainer": id, "milliseconds": 1, "exitCode": 0,
            "spans": [{"step": 1, "kind": "build-step", "name": step, "start": 0, "milliseconds": milliseconds, "outcome": "done"}],
        })
        .to_string()
    };
    let lines = [run(&own, 9_000), run(&own, 41_000), run("other", 1_000)];
    std::fs::write(sandbox.state().join("history/runs.jsonl"), lines.join("\n")).unwrap();
    let told = sandbox.devc(["optimize"]).run().stdout;
    let saving = told.lines().find(|line| line.contains("saves")).unwrap_or(&told);
    insta::assert_snapshot!(saving.trim(), @"In the patch: an edit of the source repeats 1 of 4 commands, which saves up to 41 s (measured on 2026-01-02).");
}
