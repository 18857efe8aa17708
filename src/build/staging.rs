//! The files that exist for the time of one build.

use std::fs;
use std::io::{ErrorKind as IoErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::request::{BuildContext, BuildRequest, Contents, Dockerfile};
use crate::recipe::features::CONTENT_MODE;
use crate::{Error, ErrorKind, Result};

/// Reads a Dockerfile that the property `property` of devcontainer.json names.
pub fn read_dockerfile(path: &Path, property: &str) -> Result<String> {
    fs::read_to_string(path).map_err(|error| {
        let place = path.display();
        match error.kind() {
            IoErrorKind::NotFound => {
                Error::new(ErrorKind::NotFound, format!("There is no Dockerfile {place}"))
                    .hint(format!("Create it, or correct \"{property}\" in devcontainer.json."))
            }
            IoErrorKind::IsADirectory => {
                Error::new(ErrorKind::Config, format!("The Dockerfile {place} is a folder"))
                    .hint(format!("Name a file in \"{property}\" in devcontainer.json."))
            }
            _ => Error::new(ErrorKind::Host, format!("Cannot read the Dockerfile {place}")).because(error),
        }
    })
}

/// Where buildx finds what a request brings along, and where it leaves its results.
#[derive(Debug)]
pub(super) struct Staging {
    /// Private to the user, and removed with this value.
    pub folder: TempDir,
    pub dockerfile: PathBuf,
    pub context: PathBuf,
    pub secrets: Vec<(String, PathBuf)>,
    pub contexts: Vec<(String, String)>,
    pub metadata: PathBuf,
    pub image_id: PathBuf,
}

impl Staging {
    /// Writes the files that `request` needs.
    pub fn prepare(request: &BuildRequest) -> Result<Self> {
        let private = fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("devc-build-").permissions(private).tempdir().map_err(
            |error| {
                Error::new(ErrorKind::Host, "Cannot create a temporary folder for the build").because(error)
            },
        )?;
        let at = folder.path();
        Ok(Self {
            dockerfile: dockerfile(at, &request.dockerfile)?,
            context: context(at, request.context.as_deref())?,
            secrets: secrets(at, request)?,
            contexts: contexts(at, request)?,
            metadata: at.join("metadata.json"),
            image_id: at.join("image-id"),
            folder,
        })
    }
}

/// Keeps the file's name, because BuildKit names it in its messages.
fn dockerfile(folder: &Path, dockerfile: &Dockerfile) -> Result<PathBuf> {
    let (text, original) = match dockerfile {
        Dockerfile::File(path) => return Ok(path.clone()),
        Dockerfile::Text { text, original } => (text, original.as_deref()),
    };
    let name = original.and_then(Path::file_name).unwrap_or("Dockerfile".as_ref());
    let path = create_folder(folder, "dockerfile")?.join(name);
    write(&path, text.as_bytes(), READABLE)?;
    if let Some(rules) = original.map(ignore_file).filter(|rules| rules.is_file()) {
        let copy = ignore_file(&path);
        fs::copy(&rules, &copy).map_err(|error| {
            Error::new(ErrorKind::Host, format!("Cannot copy {} to {}", rules.display(), copy.display()))
                .because(error)
        })?;
    }
    Ok(path)
}

/// BuildKit prefers `<Dockerfile>.dockerignore` to the context's `.dockerignore`.
fn ignore_file(dockerfile: &Path) -> PathBuf {
    let mut name = dockerfile.as_os_str().to_owned();
    name.push(".dockerignore");
    name.into()
}

fn context(folder: &Path, given: Option<&Path>) -> Result<PathBuf> {
    match given {
        Some(path) => Ok(path.to_owned()),
        None => create_folder(folder, "empty"),
    }
}

fn secrets(folder: &Path, request: &BuildRequest) -> Result<Vec<(String, PathBuf)>> {
    let mut secrets = Vec::new();
    for (number, secret) in request.secrets.iter().enumerate() {
        let path = match &secret.contents {
            Contents::File(path) => path.clone(),
            Contents::Bytes(bytes) => {
                let path = folder.join(format!("secret-{number}"));
                write(&path, bytes, PRIVATE)?;
                path
            }
        };
        secrets.push((secret.id.clone(), path));
    }
    Ok(secrets)
}

fn contexts(folder: &Path, request: &BuildRequest) -> Result<Vec<(String, String)>> {
    let mut contexts = Vec::new();
    for (number, (name, context)) in request.contexts.iter().enumerate() {
        let place = match context {
            BuildContext::Given(place) => place.clone(),
            BuildContext::Files(files) => {
                let place = create_folder(folder, &format!("context-{number}"))?;
                for (file, contents) in files {
                    write(&place.join(file), contents.as_bytes(), READABLE)?;
                }
                place.display().to_string()
            }
            BuildContext::Packages(packages) => {
                let place = create_folder(folder, &format!("context-{number}"))?;
                for (name, package) in packages {
                    package.write_to(&place.join(name), Some(CONTENT_MODE))?;
                }
                place.display().to_string()
            }
        };
        contexts.push((name.clone(), place));
    }
    Ok(contexts)
}

/// The build sees the modes of what is in a context, and not all of its users are root.
fn create_folder(parent: &Path, name: &str) -> Result<PathBuf> {
    let path = parent.join(name);
    fs::create_dir(&path)
        .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))
        .map_err(|error| {
            Error::new(ErrorKind::Host, format!("Cannot create the folder {}", path.display())).because(error)
        })?;
    Ok(path)
}

const PRIVATE: u32 = 0o600;
const READABLE: u32 = 0o644;

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let create = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path)?;
        file.write_all(bytes)?;
        file.set_permissions(fs::Permissions::from_mode(mode))
    };
    create().map_err(|error| {
        Error::new(ErrorKind::Host, format!("Cannot write {}", path.display())).because(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Secret;

    #[test]
    fn a_changed_dockerfile_keeps_its_name_and_its_ignore_file() {
        let project = tempfile::tempdir().unwrap();
        let original = project.path().join("dev.Dockerfile");
        fs::write(project.path().join("dev.Dockerfile.dockerignore"), "target\n").unwrap();
        let dockerfile = Dockerfile::Text { text: "FROM a\n".to_owned(), original: Some(original) };
        let staging = Staging::prepare(&BuildRequest { dockerfile, ..BuildRequest::default() }).unwrap();
        assert!(staging.dockerfile.ends_with("dockerfile/dev.Dockerfile"));
        assert_eq!(fs::read_to_string(&staging.dockerfile).unwrap(), "FROM a\n");
        assert_eq!(fs::read_to_string(ignore_file(&staging.dockerfile)).unwrap(), "target\n");
    }

    #[test]
    fn secrets_are_private_and_go_with_the_build() {
        let secret = Secret { id: "x".to_owned(), contents: Contents::Bytes(b"hunter2".to_vec()) };
        let staging =
            Staging::prepare(&BuildRequest { secrets: vec![secret], ..BuildRequest::default() }).unwrap();
        let path = staging.secrets[0].1.clone();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(staging.folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
        drop(staging);
        assert!(!path.exists());
    }

    #[test]
    fn a_missing_dockerfile_is_named_together_with_its_property() {
        let error = read_dockerfile(Path::new("/nowhere/Dockerfile"), "build.dockerfile").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.summary(), "There is no Dockerfile /nowhere/Dockerfile");
        assert_eq!(error.hints(), ["Create it, or correct \"build.dockerfile\" in devcontainer.json."]);
        assert_eq!(read_dockerfile(Path::new("/"), "x").unwrap_err().kind(), ErrorKind::Config);
    }
}
