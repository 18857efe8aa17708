//! Says why a build failed and what to do about it.

use super::progress::{Failed, exit_code};
use super::request::BuildRequest;
use crate::{Error, ErrorKind};

/// What is known at the end of a build that failed.
#[derive(Debug)]
pub struct Failure<'a> {
    /// The instruction that failed, if it came that far.
    pub failed: Option<&'a Failed>,
    /// What buildx said in plain text.
    pub texts: &'a [String],
    /// How buildx ended.
    pub status: String,
}

impl Failure<'_> {
    /// The error for the build of `request`.
    pub fn error(&self, request: &BuildRequest) -> Error {
        let message = self.message();
        let known = CAUSES.iter().find(|cause| cause.fits(&message, self.tail()));
        let kind = known.map_or(ErrorKind::Build, |cause| cause.kind);
        let error = Error::new(kind, self.summary(request)).because(self.reason(message));
        known.map_or(&[][..], |cause| cause.hints).iter().fold(error, |error, hint| error.hint(*hint))
    }

    fn summary(&self, request: &BuildRequest) -> String {
        let subject = request.subject();
        let Some(failed) = self.failed else {
            return format!("Building {subject} failed");
        };
        if let Some((_, image)) = failed.name.split_once("internal] load metadata for ") {
            return format!("Building {subject} failed because its base image {image} cannot be fetched");
        }
        if failed.name.starts_with("pushing ") {
            return format!("Pushing {subject} failed");
        }
        let code = exit_code(&failed.error).map_or(String::new(), |code| format!(" with exit code {code}"));
        format!("Building {subject} failed at {}{code}", failed.name)
    }

    /// The last lines of the instruction, or what buildx says.
    fn reason(&self, message: String) -> String {
        match self.failed {
            Some(failed) if exit_code(&failed.error).is_some() && !failed.tail.is_empty() => {
                failed.tail.join("\n")
            }
            _ => message,
        }
    }

    fn tail(&self) -> &[String] {
        self.failed.map_or(&[], |failed| &failed.tail)
    }

    /// The line after `ERROR:`, which is the last one; else how the process ended.
    fn message(&self) -> String {
        let line = self.texts.iter().rev().find_map(|text| text.strip_prefix("ERROR: "));
        let line = line.or(self.failed.map(|failed| failed.error.as_str()));
        let line = line.or(self.texts.last().map(String::as_str)).unwrap_or(&self.status);
        line.strip_prefix("failed to solve: ").unwrap_or(line).to_owned()
    }
}

/// A cause that can be told from what buildx or an instruction said.
struct Cause {
    /// Any of these, in the message or in the last lines of output.
    signs: &'static [&'static str],
    kind: ErrorKind,
    hints: &'static [&'static str],
}

impl Cause {
    fn fits(&self, message: &str, tail: &[String]) -> bool {
        self.signs.iter().any(|sign| message.contains(sign) || tail.iter().any(|line| line.contains(sign)))
    }
}

/// The first cause that fits counts.
const CAUSES: &[Cause] = &[
    Cause {
        signs: &["no space left on device", "No space left on device"],
        kind: ErrorKind::Build,
        hints: &[
            "Look at what fills the disk with `docker system df`.",
            "Remove build cache that is no longer used with `docker builder prune`.",
        ],
    },
    Cause {
        signs: &["Cannot connect to the Docker daemon", "permission denied while trying to connect"],
        kind: ErrorKind::EngineUnavailable,
        hints: &["Check that the engine runs and that you may use it: `docker version`."],
    },
    Cause {
        signs: &["is not a docker command", "unknown command: docker buildx", "unknown flag: --progress"],
        kind: ErrorKind::NotFound,
        hints: &["Install buildx: on Debian and Ubuntu with `apt-get install docker-buildx`."],
    },
    Cause {
        signs: &["invalid progress mode"],
        kind: ErrorKind::Unsupported,
        hints: &["Update buildx to version 0.13 or later."],
    },
    Cause {
        signs: &[
            "does not currently support exporting manifest lists",
            "Multi-platform build is not supported",
            "Cache export is not supported",
            "exporter is not supported",
        ],
        kind: ErrorKind::Unsupported,
        hints: &[
            "The engine's own builder cannot do this. Choose another one with `docker buildx create --use`, or turn on the \
             containerd image store in the engine's settings.",
        ],
    },
    Cause {
        signs: &["exec format error"],
        kind: ErrorKind::Build,
        hints: &[
            "The program is for another kind of processor, and the engine has no emulator for it (QEMU, binfmt).",
        ],
    },
    Cause {
        signs: &["invalid empty ssh agent socket"],
        kind: ErrorKind::NotFound,
        hints: &[
            "Start an agent with `eval $(ssh-agent)` and `ssh-add`, or name a key: `--ssh default=$HOME/.ssh/id_ed25519`.",
        ],
    },
    Cause {
        signs: &[
            "no basic auth credentials",
            "push access denied",
            "requested access to the resource is denied",
        ],
        kind: ErrorKind::Registry,
        hints: &[
            "Log in with `docker login REGISTRY` as somebody who may push there, and check the image's name.",
        ],
    },
    Cause {
        signs: &["not allowed by policy", "denied by policy"],
        kind: ErrorKind::Build,
        hints: &["Ask who keeps the engine's source policy to allow the image."],
    },
    Cause {
        signs: &[
            "certificate signed by unknown authority",
            "certificate verify failed",
            "CERTIFICATE_VERIFY_FAILED",
            "SSL certificate problem",
            "unable to get local issuer certificate",
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            "SELF_SIGNED_CERT_IN_CHAIN",
            "self-signed certificate",
            "Certificate verification failed",
        ],
        kind: ErrorKind::Build,
        hints: &[
            "If a proxy inspects TLS on this network, add its certificate to those that this machine trusts, so that \
             builds get it too.",
        ],
    },
    Cause {
        signs: &["pull access denied", "failed to resolve source metadata", "failed to authorize"],
        kind: ErrorKind::Build,
        hints: &[
            "Check the image's name in FROM and the network, and use `docker login` if its registry is private.",
        ],
    },
    Cause {
        signs: &[
            "no such host",
            "i/o timeout",
            "Temporary failure resolving",
            "network is unreachable",
            "connect: connection refused",
        ],
        kind: ErrorKind::Build,
        hints: &["Check the network and the proxy settings; a registry could not be reached."],
    },
    Cause {
        signs: &["failed to compute cache key", "failed to calculate checksum"],
        kind: ErrorKind::Build,
        hints: &["Check that the file is in the build context and that no .dockerignore leaves it out."],
    },
    Cause {
        signs: &["exit code: 137"],
        kind: ErrorKind::Build,
        hints: &["The instruction was killed, probably for want of memory: give the engine more."],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::progress::Progress;
    use crate::event::{Events, StepKind};

    /// The error of a recorded build, as a user reads it.
    fn error(recorded: &str) -> String {
        let step = Events::silent().step(StepKind::Build, "Building");
        let mut progress = Progress::new(&step, &[], &[]);
        progress.push(recorded.as_bytes());
        progress.finish();
        let failed = progress.failed();
        let failure =
            Failure { failed: failed.as_ref(), texts: progress.texts(), status: "exit status: 1".to_owned() };
        let request = BuildRequest { tags: vec!["app".to_owned()], ..BuildRequest::default() };
        let error = failure.error(&request);
        let hints: Vec<String> = error.hints().iter().map(|hint| format!("* {hint}")).collect();
        format!("{:?}: {error}\n{}\n{}", error.kind(), error.reasons().join("\n"), hints.join("\n"))
    }

    macro_rules! fixture {
        ($name:literal) => {
            error(include_str!(concat!("../../tests/fixtures/rawjson/", $name, ".pretty")))
        };
    }

    #[test]
    fn a_failing_instruction_is_named_with_code_and_last_lines() {
        insta::assert_snapshot!(fixture!("failure"), @r#"
        Build: Building the image app failed at [3/3] RUN echo before && ls /nonexistent; echo "the end: café"; exit 3 with exit code 3
        before
        ls: cannot access '/nonexistent': No such file or directory
        the end: café
        "#);
    }

    #[test]
    fn what_fails_before_the_first_instruction_is_told_in_buildkits_words() {
        insta::assert_snapshot!(fixture!("bad_target"), @r#"
        Build: Building the image app failed
        target stage "nope" could not be found
        "#);
        insta::assert_snapshot!(fixture!("typo"), @"
        Build: Building the image app failed
        dockerfile parse error on line 2: unknown instruction: FRUM (did you mean FROM?)
        ");
        insta::assert_snapshot!(fixture!("missing_image"), @r#"
        Build: Building the image app failed because its base image docker.io/library/devc-no-such-image:1 cannot be fetched
        devc-no-such-image:1: failed to resolve source metadata for docker.io/library/devc-no-such-image:1: failed to do request: Head "https://registry.example.org/v2/library/devc-no-such-image/manifests/1": dial tcp: lookup registry.example.org on 192.0.2.1:53: no such host
        * Check the image's name in FROM and the network, and use `docker login` if its registry is private.
        "#);
    }

    #[test]
    fn known_causes_come_with_advice() {
        insta::assert_snapshot!(error("ERROR: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n"), @"
        EngineUnavailable: Building the image app failed
        Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?
        * Check that the engine runs and that you may use it: `docker version`.
        ");
        insta::assert_snapshot!(error("ERROR: failed to solve: write /x: no space left on device\n"), @"
        Build: Building the image app failed
        write /x: no space left on device
        * Look at what fills the disk with `docker system df`.
        * Remove build cache that is no longer used with `docker builder prune`.
        ");
        insta::assert_snapshot!(error("ERROR: invalid progress mode rawjson\n"), @"
        Unsupported: Building the image app failed
        invalid progress mode rawjson
        * Update buildx to version 0.13 or later.
        ");
        insta::assert_snapshot!(error("ERROR: Multi-platform build is not supported for the docker driver.\nSwitch to a different driver\n"), @"
        Unsupported: Building the image app failed
        Multi-platform build is not supported for the docker driver.
        * The engine's own builder cannot do this. Choose another one with `docker buildx create --use`, or turn on the containerd image store in the engine's settings.
        ");
        insta::assert_snapshot!(error("ERROR: invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set\n"), @"
        NotFound: Building the image app failed
        invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set
        * Start an agent with `eval $(ssh-agent)` and `ssh-add`, or name a key: `--ssh default=$HOME/.ssh/id_ed25519`.
        ");
        insta::assert_snapshot!(error(""), @"
        Build: Building the image app failed
        exit status: 1
        ");
    }
}
