//! `devc generate` on real folders: what it writes, and what it leaves to a team.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use expectrl::{Eof, Expect};
use insta::assert_snapshot;
use rustix::process::Signal;

use crate::sandbox::Sandbox;

const DOCKERFILE: &str = "Dockerfile";
const IGNORE: &str = ".dockerignore";
const OVERLAY: &str = "compose.devc.yaml";
const CONFIG: &str = ".devcontainer/devcontainer.json";
const ALL: [&str; 4] = [IGNORE, OVERLAY, CONFIG, DOCKERFILE];

fn node() -> Sandbox {
    Sandbox::new()
        .file("package.json", "{\"scripts\": {\"start\": \"node server.js\"}}")
        .file("package-lock.json", "{\"lockfileVersion\": 3}")
        .file("server.js", "")
        .file(".gitignore", "node_modules/\n/coverage\n")
}

fn read(sandbox: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(sandbox.project().join(path)).unwrap()
}

fn exists(sandbox: &Sandbox, path: &str) -> bool {
    sandbox.project().join(path).exists()
}

/// Changes a file as a team would.
fn edit(sandbox: &Sandbox, path: &str, old: &str, new: &str) {
    let text = read(sandbox, path);
    assert!(text.contains(old), "{path} has no {old:?}:\n{text}");
    std::fs::write(sandbox.project().join(path), text.replacen(old, new, 1)).unwrap();
}

fn remove(sandbox: &Sandbox, path: &str) {
    std::fs::remove_file(sandbox.project().join(path)).unwrap();
}

/// All that a project has, by path.
fn snapshot(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = ALL
        .iter()
        .filter_map(|path| Some(((*path).to_owned(), std::fs::read_to_string(folder.join(path)).ok()?)))
        .collect();
    files.sort();
    files
}

#[test]
fn a_repository_gets_all_files_and_then_nothing_more_to_do() {
    let sandbox = node();
    assert_snapshot!(sandbox.run("generate"), @r"
    exit code: 0
    --- stdout
    .dockerignore  new
    compose.devc.yaml  new
    .devcontainer/devcontainer.json  new
    Dockerfile  new
    Next: devc up
    ");
    let before = snapshot(&sandbox.project());
    assert_snapshot!(sandbox.run("generate"), @r"
    exit code: 0
    --- stdout
    All files are up to date.
    ");
    assert_eq!(snapshot(&sandbox.project()), before);
    assert_eq!(sandbox.run("generate --check").code, Some(0));
}

#[test]
fn the_same_repository_gives_the_same_bytes() {
    let (one, other) = (node(), node());
    one.run("generate");
    other.run("generate");
    assert_eq!(snapshot(&one.project()), snapshot(&other.project()));
}

#[test]
fn a_check_names_what_is_stale() {
    let sandbox = node();
    sandbox.run("generate");
    let sandbox = sandbox.file("api/Cargo.toml", "[package]\nname = \"api\"\n").file("api/Cargo.lock", "");
    let stale = sandbox.run("generate --check");
    assert_eq!(stale.code, Some(1), "{stale}");
    let files: Vec<&str> = stale.stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(files, [IGNORE, OVERLAY, DOCKERFILE]);
    let as_json = sandbox.run("generate --check --json");
    assert_eq!((as_json.code, &as_json.result()["written"]), (Some(1), &false.into()));
    sandbox.run("generate");
    assert_eq!(sandbox.run("generate --check").code, Some(0));
}

#[test]
fn options_are_remembered() {
    let sandbox = node();
    sandbox.run("generate --base-image corp/debian:12 --target-user ann");
    for path in [IGNORE, OVERLAY, DOCKERFILE] {
        let command = "\n# devc generate --base-image corp/debian:12 --target-user ann\n";
        assert!(read(&sandbox, path).contains(command), "{path}");
    }
    assert_eq!(sandbox.run("generate --check").code, Some(0));
    assert_eq!(sandbox.run("generate --check --target-user bob").code, Some(1));
    let wrong = sandbox.run("generate --target-user root");
    assert!(wrong.stderr.contains("the images are for a user who is not root"), "{wrong}");
}

#[test]
fn what_a_team_wrote_stays() {
    let sandbox = node();
    sandbox.run("generate");
    edit(&sandbox, IGNORE, "# >>> devc: machine", "docs\n# >>> devc: machine");
    edit(&sandbox, IGNORE, "**/.idea\n", "");
    remove(&sandbox, OVERLAY);
    remove(&sandbox, CONFIG);
    assert_snapshot!(sandbox.run("generate --target-user dev"), @r"
    exit code: 0
    --- stdout
    .dockerignore  updated: about; edited, so kept: machine
    Dockerfile  updated: about
    ");
    assert_eq!(snapshot(&sandbox.project())[0].1.lines().filter(|line| *line == "docs").count(), 1);
    assert!(
        !read(&sandbox, IGNORE).contains("**/.idea")
            && !exists(&sandbox, OVERLAY)
            && !exists(&sandbox, CONFIG)
    );
    assert_snapshot!(sandbox.run("generate --force"), @r"
    exit code: 0
    --- stdout
    .dockerignore  updated: machine
    compose.devc.yaml  new
    .devcontainer/devcontainer.json  new
    What was replaced is in [ROOT]/home/.local/state/devc/replaced/[KEPT]
    Next: devc up
    ");
    assert!(read(&sandbox, IGNORE).contains("**/.idea") && read(&sandbox, IGNORE).contains("\ndocs\n"));
}

#[test]
fn a_file_without_marks_is_somebody_elses() {
    let sandbox = node().file(DOCKERFILE, "FROM mine\n");
    assert_snapshot!(sandbox.run("generate"), @r"
    exit code: 1
    --- stderr
    error: files that devc did not make are there already: Dockerfile
      caused by: nothing was written

    → Look at what would come with `devc generate --diff`, or write it elsewhere with --output FOLDER.
    → Pass --force to replace them: copies are kept.
    ");
    assert!(!exists(&sandbox, IGNORE) && read(&sandbox, DOCKERFILE) == "FROM mine\n");
    let look = sandbox.run("generate --output look");
    assert_eq!(look.code, Some(0), "{look}");
    assert!(exists(&sandbox, "look/Dockerfile"));
    let forced = sandbox.devc(["generate", "--force", "--json"]).run().json();
    let kept = sandbox.state().join("replaced");
    let kept = std::fs::read_dir(kept).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read_to_string(kept.join(DOCKERFILE)).unwrap(), "FROM mine\n");
    assert_eq!(forced["kept"], "[ROOT]/home/.local/state/devc/replaced/[KEPT]");
}

#[test]
fn on_a_terminal_somebody_is_asked() {
    let sandbox = node().file(IGNORE, "mine\n");
    for (answer, is_replaced) in [("n", false), ("y", true)] {
        let mut session = sandbox.on_a_terminal("generate");
        session.expect("Not made by devc: .dockerignore. Replace, and keep copies?").unwrap();
        session.send(answer).unwrap();
        session.expect(Eof).unwrap();
        assert_eq!(read(&sandbox, IGNORE) != "mine\n", is_replaced);
    }
}

#[test]
fn a_difference_is_a_patch() {
    let sandbox = node();
    sandbox.run("generate");
    let sandbox = sandbox.file(".gitignore", "node_modules/\n/coverage\n*.log\n");
    let patch = sandbox.run("generate --diff");
    assert_snapshot!(patch, @r"
    exit code: 0
    --- stdout
    --- a/.dockerignore
    +++ b/.dockerignore
    @@ -5,10 +5,11 @@
     # Sections: git outputs machine secrets
     # <<< devc: about
     
    -# >>> devc: git 1065325d
    +# >>> devc: git 53853901
     # What git ignores.
     **/node_modules/**
     coverage
    +**/*.log
     # <<< devc: git
     
     # >>> devc: outputs d5ca671c
    ");
    assert!(!read(&sandbox, IGNORE).contains("**/*.log"));
    let colourful = sandbox.run("generate --diff --color always");
    assert!(colourful.stdout.contains("\u{1b}[32m+**/*.log"), "{colourful}");
}

#[test]
fn marks_that_do_not_fit_stop_everything() {
    let sandbox = node();
    sandbox.run("generate");
    edit(&sandbox, IGNORE, "# <<< devc: machine\n", "");
    let before = snapshot(&sandbox.project());
    assert_snapshot!(sandbox.run("generate --target-user ann"), @r"
    exit code: 1
    --- stderr
    error: .dockerignore cannot be brought up to date
      caused by: the mark on line 28 has no end

    → Let each `# >>> devc: NAME` be followed by one `# <<< devc: NAME`.
    ");
    assert_eq!(snapshot(&sandbox.project()), before);
}

#[test]
fn a_repository_of_nothing_known_is_told() {
    assert_snapshot!(Sandbox::new().file("README", "").run("generate"), @r"
    exit code: 1
    --- stderr
    error: no ecosystem that devc knows was found in [ROOT]/project

    → Run it where manifests such as package.json, pyproject.toml or Cargo.toml are, or above.
    → Begin with a Template instead: `devc init`.
    ");
}

#[test]
fn logins_stay_out_of_the_context_and_plain_settings_do_not() {
    let sandbox =
        node().file(".npmrc", "legacy-peer-deps=true\n").file("web/.npmrc", "//r/:_authToken=${T}\n");
    sandbox.run("generate");
    let ignore = read(&sandbox, IGNORE);
    assert!(ignore.contains("\n**/.npmrc\n!.npmrc\n") && !ignore.contains("!web/.npmrc"), "{ignore}");
}

#[test]
fn a_team_that_hides_what_it_copies_is_warned() {
    let sandbox = node();
    sandbox.run("generate");
    let text = read(&sandbox, DOCKERFILE) + "COPY docs/guide.md /guide.md\n";
    std::fs::write(sandbox.project().join(DOCKERFILE), text).unwrap();
    std::fs::write(sandbox.project().join(IGNORE), read(&sandbox, IGNORE) + "docs\n").unwrap();
    let run = sandbox.run("generate");
    let warning = ".dockerignore hides docs/guide.md, which the Dockerfile copies. Let `!docs/guide.md` be its last line.";
    assert!(run.stderr.contains(warning), "{run}");
}

#[test]
fn links_in_circles_and_closed_folders_are_left_out() {
    let sandbox = node().file("closed/package.json", "{}").file("open/a.js", "").file("x", "FROM a\n");
    symlink("..", sandbox.project().join("open/loop")).unwrap();
    symlink("nowhere", sandbox.project().join("dangling")).unwrap();
    let closed = sandbox.project().join("closed");
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
    std::fs::set_permissions(sandbox.project(), PermissionsExt::from_mode(0o777)).unwrap();
    std::fs::set_permissions(sandbox.root(), PermissionsExt::from_mode(0o755)).unwrap();
    let runs = ["generate --dry-run", "stack", "optimize --file x"]
        .map(|words| sandbox.devc(words.split(' ')).unprivileged().run());
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o755)).unwrap();
    for run in runs {
        assert_eq!(run.code, Some(0), "{run}");
        assert!(run.stderr.contains("Left out: ") && run.stderr.contains("closed"), "{run}");
    }
}

#[test]
fn a_lockfile_that_nobody_can_read_is_left_to_its_manager() {
    let sandbox = node().file("package-lock.json", "{ \"lockfileVersion\": 3, <<<<<<< HEAD");
    sandbox.run("generate --base-image debian:12");
    let text = read(&sandbox, DOCKERFILE);
    assert!(text.contains("npm ci ") && text.contains("package-lock.json"), "{text}");
}

#[test]
fn a_tree_of_a_hundred_thousand_files_is_read() {
    let sandbox = node();
    for folder in 0..1000 {
        let folder = sandbox.project().join(format!("src/{folder}"));
        std::fs::create_dir_all(&folder).unwrap();
        for file in 0..100 {
            std::fs::File::create(folder.join(format!("{file}.js"))).unwrap();
        }
    }
    let run = sandbox.run("generate --dry-run");
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn a_killed_run_leaves_whole_files() {
    let whole = node();
    whole.run("generate");
    let expected = snapshot(&whole.project());
    for _ in 0..8 {
        let sandbox = node();
        let run = sandbox.devc(["generate"]).start();
        // From here on files get their names.
        let deadline = Instant::now() + Duration::from_secs(20);
        while !exists(&sandbox, ".devcontainer") && Instant::now() < deadline {
            std::thread::yield_now();
        }
        run.signal(Signal::KILL);
        run.finish();
        for file in snapshot(&sandbox.project()) {
            assert!(expected.contains(&file), "{} is no whole file", file.0);
        }
        sandbox.run("generate");
        assert_eq!(snapshot(&sandbox.project()), expected);
    }
}
