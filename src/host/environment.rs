//! A snapshot of the process environment, taken once in `main`.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::{Error, ErrorKind, Result};

/// Everything that `devc` wants to know about the process it runs as.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// The file that runs.
    pub program: PathBuf,
    /// The folder in which `devc` was started.
    pub current_dir: PathBuf,
    /// The user's home folder, where there is one.
    pub home: Option<PathBuf>,
    /// Where `devc` keeps what it learned about containers, and its logs.
    pub state_dir: PathBuf,
    /// Where `devc` keeps what belongs to the user.
    pub data_dir: PathBuf,
    /// Where `devc` keeps what it can make again.
    pub cache_dir: PathBuf,
    /// Where the user keeps settings of `devc`.
    pub config_dir: PathBuf,
    /// Certificates to trust beyond those of this machine, where the user has named a file of them.
    pub ca_file: Option<PathBuf>,
    /// The user and the group that `devc` runs as.
    pub uid: u32,
    /// See [`Environment::uid`].
    pub gid: u32,
    /// Whether standard input, output and error are terminals.
    pub stdin_is_terminal: bool,
    /// See [`Environment::stdin_is_terminal`].
    pub stdout_is_terminal: bool,
    /// See [`Environment::stdin_is_terminal`].
    pub stderr_is_terminal: bool,
}

impl Environment {
    /// Reads the real process environment. Variables that are not Unicode are left out.
    #[expect(clippy::disallowed_methods, reason = "this is the door that the lint points to")]
    pub fn capture() -> Self {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let temporary = std::env::temp_dir().join(format!("devc-{}", rustix::process::getuid().as_raw()));
        Self {
            program: std::env::current_exe().unwrap_or_default(),
            current_dir: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            home: dirs::home_dir(),
            state_dir: dirs::state_dir()
                .or_else(dirs::data_local_dir)
                .map_or_else(|| temporary.clone(), |folder| folder.join("devc")),
            data_dir: dirs::data_local_dir().map_or_else(|| temporary.clone(), |folder| folder.join("devc")),
            cache_dir: dirs::cache_dir().map_or_else(|| temporary.clone(), |folder| folder.join("devc")),
            config_dir: dirs::config_dir().map_or(temporary, |folder| folder.join("devc")),
            ca_file: None,
            uid: rustix::process::getuid().as_raw(),
            gid: rustix::process::getgid().as_raw(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            variables,
        }
    }

    /// One that holds these variables and nothing else, for tests.
    #[cfg(test)]
    pub fn of(variables: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { variables: variables.iter().map(own).collect(), ..Self::default() }
    }

    /// The value of a variable; an empty one counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The value of a variable unless it is empty.
    pub fn get_non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All variables, sorted by name.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The first file of this name in the folders of `PATH`.
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        let folders = self.get("PATH")?.split(':').filter(|folder| !folder.is_empty());
        folders.map(|folder| self.absolute(&Path::new(folder).join(name))).find(|path| path.is_file())
    }

    /// Makes a path absolute against the current folder, without asking the file system.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        normalize(&self.current_dir.join(path))
    }
}

/// A text of 24 digits that no other process has, good for marks and tags but not for secrets.
pub fn unique_id() -> String {
    use std::hash::{BuildHasher, Hasher};
    // Each `RandomState` has keys that come from the system's random numbers.
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{random:016x}{:08x}", std::process::id())
}

/// Random bytes that nobody can guess.
pub fn random_bytes<const COUNT: usize>() -> Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(ErrorKind::Host, "Cannot get random numbers from the system").because(error)
    })?;
    Ok(bytes)
}

/// Removes `.` and resolves `..` by name, as Node's `path.resolve` does: symbolic links stay.
fn normalize(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_absolute_without_asking_the_disk() {
        let environment = Environment { current_dir: "/home/dev/app".into(), ..Environment::default() };
        let check = |path: &str, expected: &str| {
            assert_eq!(environment.absolute(Path::new(path)), PathBuf::from(expected));
        };
        check(".", "/home/dev/app");
        check("../other/./x", "/home/dev/other/x");
        check("/etc/../tmp/", "/tmp");
        check("/../..", "/");
    }
}
