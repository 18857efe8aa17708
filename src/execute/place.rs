//! Puts files into a project: first says what that does to those that are there, then does it.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::archive::{Content, Entry};
use crate::error::{Error, ErrorKind, Result};
use crate::host::files::{self, Staged};

/// What writing does to the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing was there.
    New,
    /// The same is there already.
    Same,
    /// Something else is there.
    Replaces,
}

/// A file, folder or link, and what writing it does.
#[derive(Clone, Debug)]
pub struct Placement {
    /// What to write.
    pub entry: Entry,
    /// What that does.
    pub effect: Effect,
}

/// Looks at what is there. Nothing is changed.
///
/// Fails when an entry would end up outside of `folder`, or when a folder and a file are in each other's way.
pub fn survey(folder: &Path, entries: Vec<Entry>) -> Result<Vec<Placement>> {
    let placements = entries.into_iter().map(|entry| {
        stays_inside(folder, &entry)?;
        let effect = effect(&folder.join(&entry.path), &entry)?;
        Ok(Placement { entry, effect })
    });
    placements.collect()
}

/// Writes what is new or different. What is replaced is kept below the folder `kept`, under the same path.
///
/// No file takes the place of another one before all are on the disk: a failure until then leaves the project as it was.
pub fn place(folder: &Path, placements: &[Placement], kept: &Path) -> Result<()> {
    let changes = || placements.iter().filter(|one| one.effect != Effect::Same).map(|one| &one.entry);
    for one in placements.iter().filter(|one| one.effect == Effect::Replaces) {
        keep(&folder.join(&one.entry.path), &kept.join(&one.entry.path))?;
    }
    let mut staged = Vec::new();
    for entry in changes() {
        let path = folder.join(&entry.path);
        staged
            .extend(stage(&path, entry).map_err(|error| unwritable(&path, error))?.map(|file| (path, file)));
    }
    for (path, file) in staged {
        file.put().map_err(|error| unwritable(&path, error))?;
    }
    for entry in changes() {
        if let Content::Link(target) = &entry.content {
            let path = folder.join(&entry.path);
            files::relink(Path::new(target), &path).map_err(|error| unwritable(&path, error))?;
        }
    }
    Ok(())
}

/// Makes the folders, and files without their names.
fn stage(path: &Path, entry: &Entry) -> io::Result<Option<Staged>> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
    match &entry.content {
        Content::Folder => fs::create_dir_all(path).map(|()| None),
        Content::File(bytes) => files::stage(path, bytes, entry.mode & 0o111 != 0).map(Some),
        Content::Link(_) => Ok(None),
    }
}

/// A folder of the project may be a link to another place: nobody expects a Template to write there.
fn stays_inside(folder: &Path, entry: &Entry) -> Result<()> {
    let path = folder.join(&entry.path);
    let Some(existing) = path.ancestors().skip(1).find(|ancestor| ancestor.symlink_metadata().is_ok()) else {
        return Ok(());
    };
    if existing.starts_with(folder) {
        let real = |path: &Path| path.canonicalize().map_err(|error| unreadable(path, error));
        if !real(existing)?.starts_with(real(folder)?) {
            return Err(outside(entry).because(format!("{} is a link that leads there", existing.display())));
        }
    }
    match &entry.content {
        Content::Link(target) if leads_out(&entry.path, target) => {
            Err(outside(entry).because(format!("it is a link to {target}")))
        }
        _ => Ok(()),
    }
}

/// Whether a link at `path` leads above the folder that `path` starts from.
fn leads_out(path: &str, target: &str) -> bool {
    let mut depth = path.matches('/').count();
    for component in Path::new(target).components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return true,
        }
    }
    false
}

fn effect(path: &Path, entry: &Entry) -> Result<Effect> {
    let there = match path.symlink_metadata() {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Effect::New),
        Err(error) => return Err(unreadable(path, error)),
    };
    let is_same = match &entry.content {
        Content::Folder if path.is_dir() => return Ok(Effect::Same),
        Content::Folder => return Err(in_the_way(path, "a file, and the Template has a folder")),
        _ if there.is_dir() => return Err(in_the_way(path, "a folder, and the Template has a file")),
        Content::File(bytes) if there.is_file() => {
            fs::read(path).map_err(|error| unreadable(path, error))? == *bytes
        }
        Content::Link(target) if there.is_symlink() => {
            fs::read_link(path).map_err(|error| unreadable(path, error))? == Path::new(target)
        }
        _ => false,
    };
    Ok(if is_same { Effect::Same } else { Effect::Replaces })
}

fn keep(path: &Path, kept: &Path) -> Result<()> {
    let copy = || {
        files::create_private_folder(kept.parent().unwrap_or(Path::new("/")))?;
        match fs::read_link(path) {
            Ok(target) => std::os::unix::fs::symlink(target, kept),
            Err(_) => fs::copy(path, kept).map(drop),
        }
    };
    copy().map_err(|error| {
        Error::new(ErrorKind::Host, format!("could not keep a copy of {}", path.display())).because(error)
    })
}

fn outside(entry: &Entry) -> Error {
    Error::new(ErrorKind::Config, format!("{} would end up outside of the project", entry.path))
        .hint("Nothing was written. Leave that path out if the rest is wanted.")
}

fn in_the_way(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Host, format!("{} is in the way: it is {what}", path.display()))
        .hint("Nothing was written. Move it away first.")
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Host, format!("could not write {}", path.display())).because(error)
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Host, format!("could not read {}", path.display())).because(error)
}

/// Where what a run replaces is kept: `<state folder>/replaced/<unique>`.
pub fn kept_folder(state: &Path) -> PathBuf {
    state.join("replaced").join(crate::host::unique_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(path: &str, target: &str) -> Entry {
        Entry { path: path.to_owned(), mode: 0o777, content: Content::Link(target.to_owned()) }
    }

    #[test]
    fn links_stay_inside_of_the_project() {
        let project = tempfile::tempdir().unwrap();
        let check = |path: &str, target: &str| survey(project.path(), vec![link(path, target)]).is_ok();
        assert!(check("a", "b") && check("a/b", "../c") && check("a/b/c", "../../d/../e"));
        assert!(!check("a", "../b") && !check("a/b", "../../c") && !check("a", "/etc/passwd"));
    }

    #[test]
    fn a_failure_leaves_the_files_that_are_there() {
        let root = tempfile::tempdir().unwrap();
        let (project, kept) = (root.path().join("p"), root.path().join("kept"));
        fs::create_dir(&project).unwrap();
        fs::write(project.join("a"), "mine").unwrap();
        let file =
            |path: &str| Entry { path: path.into(), mode: 0o644, content: Content::File(b"new".to_vec()) };
        let placements = survey(&project, vec![file("a"), file("b/c")]).unwrap();
        // Meanwhile somebody else makes a file where the folder should be.
        fs::write(project.join("b"), "").unwrap();
        assert!(place(&project, &placements, &kept).is_err());
        assert_eq!(fs::read_to_string(project.join("a")).unwrap(), "mine");
        assert_eq!(fs::read_dir(&project).unwrap().count(), 2, "nothing of ours is left");
    }

    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let (project, outside, kept) =
            (root.path().join("p"), root.path().join("outside"), root.path().join("kept"));
        fs::create_dir(&project).unwrap();
        fs::write(&outside, "mine").unwrap();
        std::os::unix::fs::symlink(&outside, project.join("a")).unwrap();
        let entry = Entry { path: "a".into(), mode: 0o755, content: Content::File(b"new".to_vec()) };
        let placements = survey(&project, vec![entry, link("b", "a")]).unwrap();
        assert_eq!(
            placements.iter().map(|one| one.effect).collect::<Vec<_>>(),
            [Effect::Replaces, Effect::New]
        );
        place(&project, &placements, &kept).unwrap();
        assert_eq!(fs::read_to_string(project.join("b")).unwrap(), "new");
        assert_eq!(fs::read_to_string(&outside).unwrap(), "mine");
        assert_eq!(fs::read_link(kept.join("a")).unwrap(), outside);
    }
}
