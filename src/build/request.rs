//! What to build, and the arguments that tell buildx so.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::arguments::Arguments;
use super::progress::Summary;
use super::staging::Staging;
use crate::archive::Package;
use crate::config::csv;
use crate::recipe::dockerfile::{BuildTrust, Delivery};

/// One image to build.
#[derive(Clone, Debug, Default)]
pub struct BuildRequest {
    /// The folder that `COPY` reads; an empty one when there is none.
    pub context: Option<PathBuf>,
    /// What to build.
    pub dockerfile: Dockerfile,
    /// The names of the image.
    pub tags: Vec<String>,
    /// The stage to build.
    pub target: Option<String>,
    /// Build arguments in order.
    pub args: Vec<(String, String)>,
    /// Files for `RUN --mount=type=secret`.
    pub secrets: Vec<Secret>,
    /// Keys for `RUN --mount=type=ssh`, as `--ssh` takes them.
    pub ssh: Vec<String>,
    /// Names that each step knows, with their addresses. BuildKit compares the names alone.
    pub hosts: Vec<(String, IpAddr)>,
    /// Further contexts by name.
    pub contexts: Vec<(String, BuildContext)>,
    /// Where cached layers may come from.
    pub cache_from: Vec<String>,
    /// Where the cache goes.
    pub cache_to: Option<String>,
    /// Whether the image tells other builds its cache (`BUILDKIT_INLINE_CACHE`).
    pub inline_cache: bool,
    /// Whether every instruction runs again.
    pub no_cache: bool,
    /// Whether base images are fetched again.
    pub pull: bool,
    /// `linux/arm64` or the like.
    pub platform: Option<String>,
    /// Where the image goes.
    pub output: Output,
    /// Labels of the image.
    pub labels: Vec<(String, String)>,
    /// Further arguments as the user wrote them.
    pub options: Vec<String>,
    /// Texts that are left out where an instruction is shown, such as options that `devc` added to it.
    pub hidden: Vec<String>,
    /// Instructions with a name of their own: a text that only such an instruction holds, and what it is shown as.
    pub names: Vec<(String, String)>,
}

/// Where the Dockerfile comes from.
#[derive(Clone, Debug)]
pub enum Dockerfile {
    /// A file, as it is.
    File(PathBuf),
    /// A text made from the file `original`, whose own `.dockerignore` goes on to count.
    Text {
        /// The text.
        text: String,
        /// The file from which it was made.
        original: Option<PathBuf>,
    },
}

impl Default for Dockerfile {
    fn default() -> Self {
        Self::Text { text: String::new(), original: None }
    }
}

/// A build secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The id that the Dockerfile uses.
    pub id: String,
    /// What is in it.
    pub contents: Contents,
}

/// The content of a secret. It is never shown, and never part of an argument.
#[derive(Clone)]
pub enum Contents {
    /// A file of the user.
    File(PathBuf),
    /// Bytes, which are written to a private file for the time of the build.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "File({})", path.display()),
            Self::Bytes(bytes) => write!(formatter, "{} bytes", bytes.len()),
        }
    }
}

/// A named build context.
#[derive(Clone, Debug)]
pub enum BuildContext {
    /// A folder, or whatever else `--build-context` takes.
    Given(String),
    /// Files by name, written to a folder for the time of the build.
    Files(Vec<(String, String)>),
    /// Folders by name, written in the same way. All in them has the mode [`CONTENT_MODE`](crate::recipe::features::CONTENT_MODE).
    Packages(Vec<(String, Package)>),
}

/// Where an image goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Into the engine.
    #[default]
    Load,
    /// To its registry.
    Push,
    /// Wherever this `--output` says.
    Custom(String),
}

impl Output {
    /// Nowhere: only the builder's cache has it.
    pub fn discarded() -> Self {
        Self::Custom("type=cacheonly".to_owned())
    }
}

/// What came out of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildOutcome {
    /// The image's id in the engine, where the builder tells it.
    pub image_id: Option<String>,
    /// The digest of the manifest, where the builder tells it.
    pub digest: Option<String>,
    /// How much was cached, and what ran when.
    pub summary: Summary,
    /// How long the build took, from the start of buildx to its end.
    pub duration: Duration,
}

impl BuildRequest {
    /// Brings along the files that a Dockerfile changed by `with_host_trust` needs.
    pub fn bring_trust(&mut self, trust: &BuildTrust) {
        self.hidden.push(trust.mounts());
        if trust.delivery() == Delivery::Context {
            let files = trust.files().iter().map(|file| (file.name.to_owned(), file.contents.clone()));
            let context = BuildContext::Files(files.collect());
            return self.contexts.push((trust.context_name().to_owned(), context));
        }
        for file in trust.files() {
            let contents = Contents::Bytes(file.contents.clone().into_bytes());
            self.secrets.push(Secret { id: file.id.to_owned(), contents });
        }
    }

    /// What an error calls this build.
    pub(super) fn subject(&self) -> String {
        self.tags.first().map_or_else(|| "the image".to_owned(), |tag| format!("the image {tag}"))
    }

    /// The arguments after `buildx`, in the reference CLI's order.
    pub(super) fn arguments(&self, staging: &Staging) -> Vec<OsString> {
        let mut arguments = Arguments::default();
        arguments.word("build").optional("--platform", self.platform.as_deref());
        match &self.output {
            Output::Load => arguments.word("--load"),
            Output::Push => arguments.word("--push"),
            Output::Custom(output) => arguments.option("--output", output),
        };
        arguments.optional("--cache-to", self.cache_to.as_deref());
        if self.inline_cache {
            arguments.option("--build-arg", "BUILDKIT_INLINE_CACHE=1");
        }
        arguments.option("-f", &staging.dockerfile).each("-t", &self.tags);
        arguments.optional("--target", self.target.as_deref());
        arguments.flag("--no-cache", self.no_cache).flag("--pull", self.pull);
        arguments.each("--cache-from", &self.cache_from);
        arguments.each("--build-arg", self.args.iter().map(|(name, value)| build_argument(name, value)));
        arguments.words(&self.options);
        arguments.each("--build-context", staging.contexts.iter().map(|(name, at)| format!("{name}={at}")));
        arguments.each("--secret", staging.secrets.iter().map(|(id, path)| secret(id, path)));
        arguments.each("--ssh", &self.ssh);
        arguments.each("--add-host", self.hosts.iter().map(|(name, address)| format!("{name}:{address}")));
        arguments.each("--label", self.labels.iter().map(|(name, value)| format!("{name}={value}")));
        self.add_reporting(&mut arguments, staging);
        arguments.word(&staging.context);
        arguments.into_words()
    }

    /// The last of several equal options counts, so the user's own result files have to be looked for.
    fn add_reporting(&self, arguments: &mut Arguments, staging: &Staging) {
        arguments.word("--progress=rawjson");
        let given = |option: &str| self.options.iter().any(|given| given.split('=').next() == Some(option));
        if !given("--metadata-file") {
            arguments.option("--metadata-file", &staging.metadata);
        }
        // Outputs such as `type=tar` make no image, and buildx refuses to tell the id of none.
        let makes_image = !matches!(self.output, Output::Custom(_));
        if makes_image && !given("--iidfile") {
            arguments.option("--iidfile", &staging.image_id);
        }
    }

    /// The build arguments whose values buildx reads from its environment.
    pub(super) fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        let hidden = self.args.iter().filter(|(name, _)| !changes_buildx(name));
        hidden.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The value stays out of the process list, unless its name means something to buildx itself.
fn build_argument(name: &str, value: &str) -> String {
    if changes_buildx(name) { format!("{name}={value}") } else { name.to_owned() }
}

/// Whether an environment variable of this name would change how buildx works.
fn changes_buildx(name: &str) -> bool {
    const NAMES: &[&str] = &["", "HOME", "PATH", "TMPDIR", "USER", "KUBECONFIG", "NO_COLOR"];
    const PREFIXES: &[&str] =
        &["BUILDKIT_", "BUILDX_", "DOCKER_", "GIT_", "GO", "LC_", "LD_", "OTEL_", "SSL_", "XDG_"];
    NAMES.contains(&name) || name.contains('=') || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// As `--secret` takes it.
fn secret(id: &str, path: &Path) -> String {
    csv::record(&[format!("id={id}"), format!("src={}", path.display())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn staging() -> Staging {
        Staging {
            folder: tempfile::tempdir().unwrap(),
            dockerfile: "/s/Dockerfile".into(),
            context: "/project".into(),
            secrets: vec![("token".to_owned(), "/s/secret-0".into()), ("odd".to_owned(), "/s/a,b".into())],
            contexts: owned(&[("extra", "/extra")]),
            metadata: "/s/metadata.json".into(),
            image_id: "/s/image-id".into(),
        }
    }

    fn shown(request: &BuildRequest) -> String {
        let words: Vec<_> =
            request.arguments(&staging()).iter().map(|word| word.to_string_lossy().into_owned()).collect();
        words.join(" ").replace(" -", "\n-")
    }

    fn full() -> BuildRequest {
        BuildRequest {
            tags: vec!["one".to_owned(), "two".to_owned()],
            target: Some("dev".to_owned()),
            args: owned(&[("TOKEN", "hunter2"), ("PATH", "/x"), ("empty", "")]),
            cache_from: vec!["image".to_owned()],
            cache_to: Some("type=inline".to_owned()),
            inline_cache: true,
            no_cache: true,
            pull: true,
            platform: Some("linux/arm64".to_owned()),
            ssh: vec!["default".to_owned()],
            labels: owned(&[("a", "b c")]),
            options: vec!["--network=host".to_owned(), "--iidfile=/mine".to_owned()],
            ..BuildRequest::default()
        }
    }

    #[test]
    fn arguments_have_the_order_of_the_reference() {
        insta::assert_snapshot!(shown(&full()), @"
        build
        --platform linux/arm64
        --load
        --cache-to type=inline
        --build-arg BUILDKIT_INLINE_CACHE=1
        -f /s/Dockerfile
        -t one
        -t two
        --target dev
        --no-cache
        --pull
        --cache-from image
        --build-arg TOKEN
        --build-arg PATH=/x
        --build-arg empty
        --network=host
        --iidfile=/mine
        --build-context extra=/extra
        --secret id=token,src=/s/secret-0
        --secret id=odd,\"src=/s/a,b\"
        --ssh default
        --label a=b c
        --progress=rawjson
        --metadata-file /s/metadata.json /project
        ");
    }

    #[test]
    fn images_go_where_they_should() {
        let request = |output| BuildRequest { output, ..BuildRequest::default() };
        assert!(shown(&request(Output::Push)).starts_with("build\n--push\n-f"));
        assert!(
            shown(&request(Output::Custom("type=oci,dest=x".to_owned())))
                .starts_with("build\n--output type=oci,dest=x\n")
        );
    }

    #[test]
    fn values_go_through_the_environment_unless_they_would_change_buildx() {
        let request = full();
        assert_eq!(request.environment().collect::<Vec<_>>(), [("TOKEN", "hunter2"), ("empty", "")]);
        for name in ["DOCKER_HOST", "SSL_CERT_FILE", "BUILDX_BUILDER", "LD_PRELOAD", "GODEBUG", "a=b"] {
            assert!(changes_buildx(name), "{name}");
        }
        for name in ["HTTP_PROXY", "NPM_TOKEN", "VARIANT", "http_proxy"] {
            assert!(!changes_buildx(name), "{name}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret = Secret { id: "x".to_owned(), contents: Contents::Bytes(b"hunter2".to_vec()) };
        assert_eq!(format!("{secret:?}"), "Secret { id: \"x\", contents: 7 bytes }");
    }
}
