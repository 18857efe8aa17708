//! What is to be said about flags that are not simply the same.

use crate::surface::help::Flag;

/// How a flag of `devc` compares to the reference's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// The same after all, where other commands differ.
    Same,
    /// It does what it does there, and more or more safely.
    Better,
    /// It does something else.
    Different,
}

impl Verdict {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Better => "better",
            Self::Different => "different",
        }
    }
}

use Verdict::{Better, Different, Same};

/// For every command that has the flag, or for one of them alone, which counts more.
const VERDICTS: &[(Option<&str>, &str, Verdict, &str)] = &[
    (None, "log-level", Better, "takes `error` too; the log file always holds everything"),
    (Some("upgrade"), "log-level", Same, ""),
    (None, "log-format", Better, "builds and downloads report progress too (N12)"),
    (None, "user-data-folder", Different, "without effect: what `devc` remembers is in your state folder"),
    (
        None,
        "container-session-data-folder",
        Different,
        "without effect: what the shell said is kept on this machine, for every later command",
    ),
    (None, "mount-git-worktree-common-dir", Better, "works for absolute paths too (N5)"),
    (None, "id-label", Better, "the label may contain any character (Q20)"),
    (None, "remote-env", Better, "the value reaches no argument list (Q28)"),
    (None, "secrets-file", Better, "the values reach no argument list (Q28)"),
    (
        None,
        "buildkit",
        Different,
        "`never` is told, and builds with BuildKit all the same: there is no second way to build",
    ),
    (None, "omit-syntax-directive", Different, "without effect: no `# syntax` line is ever added"),
    (
        None,
        "oci-auth-hardening",
        Different,
        "without effect: a login never goes to a host that it is not for",
    ),
    (None, "allow-cross-origin-auth-host", Better, "needs no `--oci-auth-hardening`; also a variable"),
    (Some("upgrade"), "docker-path", Different, "without effect: no engine is needed"),
    (Some("upgrade"), "docker-compose-path", Different, "without effect: no engine is needed"),
    (Some("upgrade"), "dry-run", Better, "changes nothing, not even with `--feature` (N30)"),
    (Some("upgrade"), "feature", Better, "one that is not there is told (N31)"),
    (Some("up"), "mount", Better, "keys in any order, `tmpfs`, and all options of `docker run --mount`"),
    (Some("up"), "skip-post-create", Better, "the folder for markers is made (N9)"),
    (Some("up"), "update-remote-user-uid-default", Better, "builds only where ids change (Q24, N10)"),
    (Some("build"), "label", Better, "works for Dockerfiles too (Q8)"),
    (Some("build"), "platform", Better, "may be repeated; for Docker Compose too"),
    (
        Some("build"),
        "push",
        Better,
        "for Docker Compose too; asks for a name instead of trying Docker Hub with a made-up one",
    ),
    (Some("build"), "output", Better, "for Docker Compose too"),
    (Some("build"), "cache-to", Better, "for Docker Compose too"),
    (
        Some("features test"),
        "preserve-test-containers",
        Better,
        "without it, only those of this run are removed (Q30)",
    ),
    (Some("features test"), "quiet", Better, "tells a dev container that does not come up (Q30)"),
    (
        Some("features package"),
        "force-clean-output-folder",
        Better,
        "never removes the Features themselves (N41)",
    ),
    (Some("templates apply"), "template-id", Better, "a folder, or a Template that is part of devc, will do"),
    (
        Some("templates apply"),
        "template-args",
        Better,
        "defaults that are `false` count (N60); mistakes are told (N62)",
    ),
    (Some("templates apply"), "workspace-folder", Better, "what is replaced is named and kept (N61)"),
    (Some("templates apply"), "tmp-dir", Different, "without effect: packages are unpacked in memory"),
    (Some("exec"), "container-id", Better, "an unknown one is told, and a name will do (Q15)"),
    (None, "container-id", Better, "a name will do"),
];

/// The lines about flags that none of these commands of the reference has.
pub(super) fn stale(commands: &[(String, Vec<Flag>)]) -> impl Iterator<Item = String> {
    let is_there = |wanted: Option<&str>, flag: &str| {
        let mut commands =
            commands.iter().filter(|(command, _)| wanted.is_none_or(|wanted| wanted == command));
        commands.any(|(_, flags)| flags.iter().any(|one| one.name == flag))
    };
    let stale = VERDICTS.iter().filter(move |(command, flag, ..)| !is_there(*command, flag));
    stale.map(|(command, flag, ..)| format!("the reference has no {} --{flag}", command.unwrap_or_default()))
}

/// What is to be said about this flag of this command.
pub(super) fn verdict(command: &str, flag: &str) -> Option<(Verdict, &'static str)> {
    let of = |wanted: Option<&str>| {
        VERDICTS.iter().find(|(command, name, ..)| *name == flag && *command == wanted)
    };
    of(Some(command)).or_else(|| of(None)).map(|(_, _, verdict, reason)| (*verdict, *reason))
}
