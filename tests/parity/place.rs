//! A copy of a fixture, and everything that comes to exist because of it.

use std::path::{Path, PathBuf};

use devc::host::Environment;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::tool::{Ran, Tool, User, docker, keep_off_the_network};

/// The label by which containers are found again that carry no folder.
const LABEL: &str = "devc.parity";

/// A fixture copied into a folder of its own. Both programs work in the same one, one after the other, so that
/// paths and what follows from them are equal. Their home and temporary folder is its too: the reference names folders
/// after the millisecond, and runs at the same time would meet (Q18). Containers and images go when this goes.
pub(crate) struct Place {
    /// The folder that the fixture's copy lies in.
    root: tempfile::TempDir,
    /// The copy: the workspace folder of most cases.
    pub(crate) workspace: PathBuf,
    /// As whom programs run, where that is not the user of the tests.
    user: Option<User>,
}

impl Place {
    /// Copies `tests/parity/fixtures/<fixture>`.
    pub(crate) fn new(fixture: &str) -> Self {
        let place = Self::empty(fixture);
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/fixtures").join(fixture);
        copy(&source, &place.workspace);
        if place.workspace.join("image/Dockerfile").is_file() {
            docker(&[
                "build",
                "-q",
                "-t",
                &place.base_image(),
                &place.workspace.join("image").display().to_string(),
            ]);
        }
        place
    }

    /// The image that a fixture's `image/Dockerfile` makes: what its devcontainer.json is based on.
    fn base_image(&self) -> String {
        let name = self.workspace.file_name().expect("a workspace has a name");
        format!("devc-parity:{}", name.display())
    }

    /// A workspace without a file.
    pub(crate) fn empty(name: &str) -> Self {
        let root = tempfile::Builder::new().prefix("parity-").tempdir().expect("a temporary folder");
        let workspace = root.path().join(name);
        std::fs::create_dir(&workspace).expect("a workspace");
        for user in ["root", Environment::capture().get_non_empty("USER").unwrap_or("root")] {
            keep_off_the_network(user, &root.path().join("home"));
        }
        Self { root, workspace, user: None }
    }

    /// A workspace with this devcontainer.json.
    pub(crate) fn with_config(name: &str, config: &Value) -> Self {
        let place = Self::empty(name);
        place.write(".devcontainer/devcontainer.json", &config.to_string());
        place
    }

    /// Writes a file of the workspace.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.workspace.join(path);
        std::fs::create_dir_all(path.parent().expect("it has a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Reads a file of the workspace.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.workspace.join(path)).expect("a file")
    }

    /// Runs a program in the workspace folder. `{workspace}`, `{root}` and `{label}` are filled in; words end at
    /// blanks except in single quotes.
    pub(crate) fn run(&self, tool: Tool, line: &str) -> Ran {
        self.run_with(tool, line, &[])
    }

    /// As [`Place::run`], with more variables.
    pub(crate) fn run_with(&self, tool: Tool, line: &str, variables: &[(&str, &str)]) -> Ran {
        let words: Vec<String> = words(line).iter().map(|word| self.fill(word)).collect();
        let home = self.fill("{root}/home");
        let state = self.fill("{root}/home/state");
        let own = [("HOME", home.as_str()), ("TMPDIR", &home), ("XDG_STATE_HOME", &state)];
        match &self.user {
            None => tool.run(&self.workspace, &words, &[&own[..], variables].concat()),
            Some(user) => {
                // The settings of the user of the tests are out of reach.
                let config = [("DOCKER_CONFIG", home.as_str())];
                tool.run_as(user, &self.workspace, &words, &[&own[..], &config[..], variables].concat())
            }
        }
    }

    /// Lets programs run as another user of this machine, to whom the workspace then belongs. Only root can do that, and
    /// only where others can reach the programs; else everything stays as it is.
    pub(crate) fn belongs_to(mut self, name: &str) -> Self {
        let user = User::named(name);
        if rustix::process::getuid().is_root() && user.can_reach_the_programs() {
            keep_off_the_network(name, &self.root.path().join("home"));
            self.host(&format!("chown -R {name} {{root}}"));
            self.user = Some(user);
        }
        self
    }

    /// Runs a program of this machine in the workspace folder.
    pub(crate) fn host(&self, line: &str) {
        let words: Vec<String> = words(line).iter().map(|word| self.fill(word)).collect();
        let output = std::process::Command::new(&words[0])
            .args(&words[1..])
            .current_dir(&self.workspace)
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A label that only containers of this place carry.
    pub(crate) fn label(&self) -> String {
        format!("{LABEL}={}", self.root.path().display())
    }

    /// The ids of the containers that were made for this place.
    pub(crate) fn containers(&self) -> Vec<String> {
        let folder = format!("label=devcontainer.local_folder={}", self.workspace.display());
        let label = format!("label={}", self.label());
        let found = [folder, label].map(|label| docker(&["ps", "-aq", "--no-trunc", "--filter", &label]));
        let mut ids: Vec<String> =
            found.iter().flat_map(|ids| ids.split_whitespace()).map(str::to_owned).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Removes the containers, so that the next program starts afresh.
    pub(crate) fn remove_containers(&self) {
        let ids = self.containers();
        if !ids.is_empty() {
            docker(
                &[&["rm", "-f", "-v"], ids.iter().map(String::as_str).collect::<Vec<_>>().as_slice()]
                    .concat(),
            );
        }
    }

    /// What names of images of this workspace contain.
    pub(crate) fn image_hash(&self) -> String {
        let path = self.workspace.to_str().expect("the path is Unicode");
        Sha256::digest(path.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Removes the named volumes of this fixture.
    fn remove_volumes(&self) {
        let name = self.workspace.file_name().expect("a workspace has a name");
        let filter = format!("name=devc-parity-{}-", name.display());
        for name in docker(&["volume", "ls", "-q", "--filter", &filter]).split_whitespace() {
            // Another test with the same fixture may still use it, and removes it then.
            let _ = std::process::Command::new("docker").args(["volume", "rm", "-f", name]).output();
        }
    }

    fn remove_images(&self) {
        let reference = format!("reference=vsc-*-{}*", self.image_hash());
        let base = format!("reference={}", self.base_image().to_lowercase().replace([' ', ',', '='], "-"));
        let names = [reference, base].map(|reference| {
            docker(&["images", "--filter", &reference, "--format", "{{.Repository}}:{{.Tag}}"])
        });
        for name in names.iter().flat_map(|names| names.split_whitespace()) {
            docker(&["rmi", "-f", name]);
        }
    }

    fn remove_everything(&self) {
        self.remove_containers();
        self.remove_volumes();
        self.remove_images();
    }

    /// `{workspace}`, `{root}` and `{label}` filled in.
    pub(crate) fn fill(&self, word: &str) -> String {
        word.replace("{workspace}", &self.workspace.display().to_string())
            .replace("{root}", &self.root.path().display().to_string())
            .replace("{label}", &self.label())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // What cannot be removed must not hide why the test failed.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                self.remove_everything();
            }));
        } else {
            self.remove_everything();
        }
    }
}

/// The words of a command line: blanks part them, single quotes hold them together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('\'').enumerate() {
        if number % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    let entries = std::fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    for entry in entries {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
