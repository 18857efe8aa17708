//! Where the workspace is in the container: which folder is mounted where, and in which folder work begins.

use std::path::{Component, Path, PathBuf};

/// What must be known of the file system to find a repository.
pub trait GitLookup {
    /// Whether there is a folder at `path`.
    fn is_folder(&self, path: &Path) -> bool;
    /// The text of the file at `path`; `None` if there is none or it is no text.
    fn read(&self, path: &Path) -> Option<String>;
}

/// What git says about a workspace folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitFacts {
    /// The top folder of the working tree around the workspace, if there is one.
    pub root: Option<PathBuf>,
    /// What `.git` in it says, if it is a file: so it is in worktrees and submodules.
    pub git_file: Option<String>,
}

/// Finds the repository around `folder` as git does, without running git: upwards to the first folder that has a
/// `.git` folder of a repository, or a `.git` file. Where that file points to nothing (a worktree whose repository was
/// moved), git refuses, and there is none. Symbolic links in the path stay as they are.
pub fn git_facts(folder: &Path, files: &dyn GitLookup) -> GitFacts {
    for candidate in folder.ancestors() {
        let git = candidate.join(".git");
        let root = Some(candidate.to_owned());
        if files.is_folder(&git) && files.read(&git.join("HEAD")).is_some() {
            return GitFacts { root, git_file: None };
        }
        let Some(text) = files.read(&git) else { continue };
        let Some(pointer) = git_folder(&text) else { continue };
        return match files.read(&normal(&candidate.join(pointer)).join("HEAD")) {
            Some(_) => GitFacts { root, git_file: Some(text) },
            None => GitFacts::default(),
        };
    }
    GitFacts::default()
}

/// What the mount follows from.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The absolute workspace folder.
    pub folder: &'a Path,
    /// The repository around it; `None` if the workspace folder itself is to be mounted.
    pub git: Option<&'a GitFacts>,
    /// The consistency to ask for; `None` on Linux, where it means nothing.
    pub consistency: Option<&'a str>,
    /// Whether a worktree's repository is mounted beside it.
    pub mount_worktree_repository: bool,
}

/// Where things are in the container as long as the configuration does not say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    /// The folder on the host that is mounted: the repository or the workspace folder.
    pub host_folder: PathBuf,
    /// The `--mount` value for it; `None` means no mount.
    pub mount: Option<String>,
    /// The folder in the container in which work begins; `None` if there is no workspace.
    pub folder: Option<String>,
    /// The `--mount` value for the repository of a worktree.
    pub additional_mount: Option<String>,
}

/// Mounts the repository, or the workspace folder, below `/workspaces` (spec and reference CLI).
pub fn single_container(question: &Question<'_>) -> Workspace {
    let root = question.git.and_then(|git| git.root.as_deref());
    let host_folder = root.filter(|root| question.folder.starts_with(root)).unwrap_or(question.folder);
    let worktree = worktree(question, host_folder);
    let target = match &worktree {
        Some(worktree) => worktree.target.clone(),
        None => below_workspaces(Path::new(host_folder.file_name().unwrap_or_default())),
    };
    let within = question.folder.strip_prefix(host_folder).unwrap_or(Path::new(""));
    Workspace {
        host_folder: host_folder.to_owned(),
        mount: Some(bind(host_folder, &target, question.consistency)),
        folder: Some(text(&normal(&target.join(within)))),
        additional_mount: worktree
            .map(|worktree| bind(&worktree.repository, &worktree.repository_target, question.consistency)),
    }
}

/// With compose nothing is mounted by us, and work begins at the root.
pub fn compose(folder: &Path) -> Workspace {
    let root = Some("/".to_owned());
    Workspace { host_folder: folder.to_owned(), mount: None, folder: root, additional_mount: None }
}

/// How a worktree and its repository are mounted.
struct Worktree {
    target: PathBuf,
    repository: PathBuf,
    repository_target: PathBuf,
}

/// A worktree is useless without its repository, to which its `.git` file points. A relative pointer is kept right by
/// mounting both in the same relative position (reference CLI), an absolute one by mounting the repository at its own
/// path (ours: the reference CLI leaves git broken then).
fn worktree(question: &Question<'_>, host_folder: &Path) -> Option<Worktree> {
    let text = question.git?.git_file.as_deref().filter(|_| question.mount_worktree_repository)?;
    let pointer = Path::new(git_folder(text)?);
    let repository = common_folder(&normal(&host_folder.join(pointer)))?;
    let name = Path::new(host_folder.file_name()?);
    if pointer.is_absolute() {
        let target = below_workspaces(name);
        return is_worktree_pointer(pointer).then(|| Worktree {
            target,
            repository_target: repository.clone(),
            repository,
        });
    }
    let ancestor = host_folder.ancestors().find(|ancestor| repository.starts_with(ancestor))?;
    let target = below_workspaces(host_folder.strip_prefix(ancestor).ok()?);
    let repository_target = common_folder(&normal(&target.join(pointer)))?;
    Some(Worktree { target, repository, repository_target })
}

/// The folder to which a `.git` file points.
fn git_folder(text: &str) -> Option<&str> {
    let folder = text.lines().find_map(|line| line.strip_prefix("gitdir:"))?.trim();
    (!folder.is_empty()).then_some(folder)
}

/// Of `<repository>/.git/worktrees/<name>` the repository's `.git`.
fn common_folder(pointer: &Path) -> Option<PathBuf> {
    Some(pointer.parent()?.parent()?.to_owned())
}

fn is_worktree_pointer(pointer: &Path) -> bool {
    pointer.parent().and_then(Path::file_name).is_some_and(|name| name == "worktrees")
}

fn below_workspaces(path: &Path) -> PathBuf {
    Path::new("/workspaces").join(path)
}

/// The path without `.` and `..`, judged by its text alone.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

fn bind(source: &Path, target: &Path, consistency: Option<&str>) -> String {
    let consistency = consistency.map(|value| format!(",consistency={value}")).unwrap_or_default();
    format!("type=bind,{},{}{consistency}", field("source", source), field("target", target))
}

/// One field of a `--mount` value, which is a CSV record.
fn field(key: &str, path: &Path) -> String {
    let field = format!("{key}={}", text(path));
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files with their texts; folders follow from them.
    struct Files<'a>(&'a [(&'a str, &'a str)]);

    impl GitLookup for Files<'_> {
        fn is_folder(&self, path: &Path) -> bool {
            self.0.iter().any(|(file, _)| Path::new(file) != path && Path::new(file).starts_with(path))
        }

        fn read(&self, path: &Path) -> Option<String> {
            self.0.iter().find(|(file, _)| Path::new(file) == path).map(|(_, text)| (*text).to_owned())
        }
    }

    fn question<'a>(folder: &'a str, git: Option<&'a GitFacts>) -> Question<'a> {
        Question { folder: Path::new(folder), git, consistency: None, mount_worktree_repository: true }
    }

    fn repository(root: &str, git_file: Option<&str>) -> GitFacts {
        GitFacts { root: Some(root.into()), git_file: git_file.map(|pointer| format!("gitdir: {pointer}\n")) }
    }

    fn check(question: &Question<'_>, folder: &str, mount: &str, additional: Option<&str>) {
        let workspace = single_container(question);
        assert_eq!(workspace.folder.as_deref(), Some(folder));
        assert_eq!(workspace.mount.as_deref(), Some(mount));
        assert_eq!(workspace.additional_mount.as_deref(), additional);
    }

    #[test]
    fn without_a_repository_the_workspace_itself_is_mounted() {
        let mount = "type=bind,source=/home/dev/app,target=/workspaces/app";
        check(&question("/home/dev/app", None), "/workspaces/app", mount, None);
        check(&question("/home/dev/app", Some(&GitFacts::default())), "/workspaces/app", mount, None);
    }

    #[test]
    fn a_workspace_inside_a_repository_gets_all_of_it() {
        let git = repository("/home/dev/app", None);
        let mount = "type=bind,source=/home/dev/app,target=/workspaces/app";
        check(&question("/home/dev/app/sub/dir", Some(&git)), "/workspaces/app/sub/dir", mount, None);
    }

    #[test]
    fn consistency_is_for_other_systems_than_linux() {
        let question = Question { consistency: Some("cached"), ..question("/a", None) };
        check(
            &question,
            "/workspaces/a",
            "type=bind,source=/a,target=/workspaces/a,consistency=cached",
            None,
        );
    }

    #[test]
    fn paths_with_commas_are_quoted() {
        let mount = r#"type=bind,"source=/home/a,b","target=/workspaces/a,b""#;
        check(&question("/home/a,b", None), "/workspaces/a,b", mount, None);
        let git = repository("/home/x,y/app", None);
        let mount = r#"type=bind,"source=/home/x,y/app",target=/workspaces/app"#;
        check(&question("/home/x,y/app", Some(&git)), "/workspaces/app", mount, None);
    }

    fn check_worktree(root: &str, pointer: &str, target: &str, additional: &str) {
        let git = repository(root, Some(pointer));
        let mount = format!("type=bind,source={root},target={target}");
        check(&question(root, Some(&git)), target, &mount, Some(additional));
        let inside = format!("{root}/packages/app");
        check(&question(&inside, Some(&git)), &format!("{target}/packages/app"), &mount, Some(additional));
    }

    #[test]
    fn relative_worktrees_keep_their_relative_position() {
        check_worktree(
            "/home/user/worktrees/feature",
            "../../repo/.git/worktrees/feature",
            "/workspaces/worktrees/feature",
            "type=bind,source=/home/user/repo/.git,target=/workspaces/repo/.git",
        );
        check_worktree(
            "/home/user/repo-worktree",
            "../repo/.git/worktrees/worktree",
            "/workspaces/repo-worktree",
            "type=bind,source=/home/user/repo/.git,target=/workspaces/repo/.git",
        );
        check_worktree(
            "/home/user/projects/worktrees/feature",
            "../../repos/main/.git/worktrees/feature",
            "/workspaces/worktrees/feature",
            "type=bind,source=/home/user/projects/repos/main/.git,target=/workspaces/repos/main/.git",
        );
    }

    #[test]
    fn absolute_worktrees_find_their_repository_at_its_own_path() {
        check_worktree(
            "/home/user/worktrees/feature",
            "/home/user/repo/.git/worktrees/feature",
            "/workspaces/feature",
            "type=bind,source=/home/user/repo/.git,target=/home/user/repo/.git",
        );
    }

    #[test]
    fn a_worktree_is_mounted_alone_unless_asked_for_more() {
        let git = repository("/w/tree", Some("../repo/.git/worktrees/tree"));
        let question = Question { mount_worktree_repository: false, ..question("/w/tree", Some(&git)) };
        check(&question, "/workspaces/tree", "type=bind,source=/w/tree,target=/workspaces/tree", None);
    }

    #[test]
    fn an_absolute_pointer_to_something_else_is_left_alone() {
        let git = repository("/w/module", Some("/w/.git/modules/module"));
        let mount = "type=bind,source=/w/module,target=/workspaces/module";
        check(&question("/w/module", Some(&git)), "/workspaces/module", mount, None);
    }

    #[test]
    fn compose_begins_at_the_root() {
        assert_eq!(compose(Path::new("/w")).folder.as_deref(), Some("/"));
    }

    fn check_git(folder: &str, files: &[(&str, &str)], root: Option<&str>, git_file: Option<&str>) {
        let facts = git_facts(Path::new(folder), &Files(files));
        assert_eq!(facts.root.as_deref(), root.map(Path::new));
        assert_eq!(facts.git_file.as_deref(), git_file);
    }

    #[test]
    fn the_nearest_repository_is_found() {
        let files = [
            ("/r/.git/HEAD", "ref: x"),
            ("/r/sub/.git", "gitdir: ../.git/modules/sub"),
            ("/r/.git/modules/sub/HEAD", "ref: x"),
        ];
        check_git("/r/a/b", &files, Some("/r"), None);
        check_git("/r", &files, Some("/r"), None);
        check_git("/r/sub/deep", &files, Some("/r/sub"), Some("gitdir: ../.git/modules/sub"));
        check_git("/elsewhere", &files, None, None);
    }

    #[test]
    fn a_worktree_whose_repository_was_moved_is_none() {
        let files = [("/r/.git/HEAD", "ref: x"), ("/r/tree/.git", "gitdir: /gone/.git/worktrees/tree")];
        check_git("/r/tree", &files, None, None);
    }

    #[test]
    fn what_only_looks_like_a_repository_is_passed_over() {
        let files = [("/r/.git/HEAD", "ref: x"), ("/r/a/.git/other", ""), ("/r/b/.git", "hello")];
        check_git("/r/a", &files, Some("/r"), None);
        check_git("/r/b", &files, Some("/r"), None);
    }
}
