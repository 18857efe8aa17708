//! Lets the `RUN`s of a build trust what this machine trusts, without leaving a trace in the image.
//!
//! Behind a proxy that inspects TLS, downloads fail inside a build because the base image does not know the
//! proxy's certificate authority. Three things together change that for the time of each `RUN` only:
//!
//! * the host's bundle and a few settings files are mounted below `/dev/devc`. `/dev` is a fresh tmpfs in each
//!   `RUN`, so that not even an empty folder or a new time stamp stays in a layer, as happens below `/run`;
//! * `ARG`s name these files in the variables that tools read. An `ARG` is seen by `RUN` and, unlike `ENV`,
//!   is no part of the image's environment;
//! * as secrets they are not part of the cache key: another bundle on another machine costs no rebuild. Where secrets are slow and no
//!   other machine's cache is used, they come as a build context.

use super::edits::Edits;
use super::lex::{Instruction, Source, lex};
use crate::Result;

/// The variables in which tools look for a file of trusted certificates.
pub const CA_VARIABLES: &[&str] = &[
    "SSL_CERT_FILE",                      // OpenSSL, Go, Ruby, .NET, uv, apk
    "CURL_CA_BUNDLE",                     // curl
    "GIT_SSL_CAINFO",                     // git
    "PIP_CERT",                           // pip
    "REQUESTS_CA_BUNDLE",                 // Python's requests: poetry, conda
    "NODE_EXTRA_CA_CERTS",                // Node, npm, yarn, pnpm, bun
    "CARGO_HTTP_CAINFO",                  // cargo
    "AWS_CA_BUNDLE",                      // AWS tools
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", // Google Cloud tools
    "DENO_CERT",                          // Deno
    "HEX_CACERTS_PATH",                   // Elixir's hex
    "NIX_SSL_CERT_FILE",                  // Nix
];

const FOLDER: &str = "/dev/devc";
const CONTEXT: &str = "devc-trust";

/// BuildKit refuses larger secrets (`session/secrets/secrets.go`: 500 KiB).
const SECRET_LIMIT: usize = 500 * 1024;

/// How the files reach the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As one build secret per file.
    Secrets,
    /// As a named build context: no size limit, but the content is part of the cache key.
    Context,
}

/// A file to bring along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustFile {
    /// The id of its secret.
    pub id: &'static str,
    /// Its name in the mounted folder and in the build context.
    pub name: &'static str,
    /// What is in it.
    pub contents: String,
}

/// What a build needs to trust the certificates of this machine.
#[derive(Clone, Debug)]
pub struct BuildTrust {
    delivery: Delivery,
    files: Vec<TrustFile>,
}

impl BuildTrust {
    /// Takes the host's bundle of trusted certificates, the public ones and its own, to be delivered in the way that is wanted,
    /// if they are not too large for it.
    pub fn new(bundle: &str, wanted: Delivery) -> Self {
        let certificates = certificates_of(bundle);
        let delivery = if certificates.len() < SECRET_LIMIT { wanted } else { Delivery::Context };
        Self { delivery, files: files(certificates) }
    }

    /// How the files have to be handed to the build.
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// The name of the build context, for [`Delivery::Context`].
    pub fn context_name(&self) -> &'static str {
        CONTEXT
    }

    /// The files to hand to the build.
    pub fn files(&self) -> &[TrustFile] {
        &self.files
    }

    /// The options that each `RUN` gets. Hide this text where the instruction is shown.
    pub fn mounts(&self) -> String {
        if self.delivery == Delivery::Context {
            return format!("--mount=type=bind,from={CONTEXT},target={FOLDER}");
        }
        let mount = |file: &TrustFile| {
            // Readable for all, because apt downloads as another user and because a RUN may not be root.
            format!("--mount=type=secret,id={},target={FOLDER}/{},mode=0444", file.id, file.name)
        };
        self.files.iter().map(mount).collect::<Vec<_>>().join(" ")
    }

    /// The `ARG` that each stage gets.
    fn arguments(&self) -> String {
        let certificates = CA_VARIABLES.iter().map(|name| format!("{name}={FOLDER}/ca.crt"));
        let settings = [("APT_CONFIG", "apt.conf"), ("WGETRC", "wgetrc")];
        let settings = settings.iter().map(|(name, file)| format!("{name}={FOLDER}/{file}"));
        format!("ARG {}", certificates.chain(settings).collect::<Vec<_>>().join(" "))
    }

    /// The version of Docker's frontend that knows what is added.
    fn needed_frontend(&self) -> (u32, u32) {
        match self.delivery {
            Delivery::Secrets => (1, 2),
            Delivery::Context => (1, 4),
        }
    }
}

/// What became of a Dockerfile.
#[derive(Debug, PartialEq, Eq)]
pub enum Trusted {
    /// The Dockerfile to build instead; the files have to be handed to the build.
    Changed(String),
    /// There is nothing to run, so nothing to change.
    NothingToRun,
    /// It was left alone, for this reason.
    LeftAlone(String),
}

/// Gives each `RUN` of a Dockerfile the files of `trust`.
///
pub fn with_host_trust(text: &str, trust: &BuildTrust) -> Result<Trusted> {
    let source = lex(text)?;
    let syntax = source.directives.syntax.as_ref();
    let refusal = syntax.and_then(|syntax| syntax.refusal(trust.needed_frontend()));
    if let Some(reason) = refusal.or_else(|| trigger(&source)) {
        let what = "The host's certificates are not handed to this build, because";
        return Ok(Trusted::LeftAlone(format!("{what} {reason}")));
    }
    let insertions = insertions(&source, trust);
    if insertions.is_empty() {
        return Ok(Trusted::NothingToRun);
    }
    Ok(Trusted::Changed(insertions.apply(text)))
}

/// Why a Dockerfile with `ONBUILD RUN` cannot be changed.
///
/// The trigger becomes a part of the image, so it must not know our files. But it also runs in later stages of
/// this build, and there it would inherit variables that name them.
fn trigger(source: &Source<'_>) -> Option<String> {
    let is_run = |arguments: &str| arguments.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("run"));
    let mut triggers = source.instructions.iter().filter(|instruction| instruction.keyword == "onbuild");
    triggers.any(|trigger| is_run(&trigger.arguments)).then(|| "it has an ONBUILD RUN".to_owned())
}

/// What to insert where: options behind each `RUN`, and an `ARG` behind the `FROM` of its stage.
fn insertions(source: &Source<'_>, trust: &BuildTrust) -> Edits {
    let options = format!(" {}", trust.mounts());
    let arguments = format!("{}\n", trust.arguments());
    let mut insertions = Edits::default();
    let mut pending = None;
    for instruction in &source.instructions {
        match instruction.keyword.as_str() {
            "from" => pending = Some(instruction.span.end),
            "run" if !forbids(instruction) => {
                if let Some(at) = pending.take() {
                    insertions.insert(at, arguments.clone());
                }
                insertions.insert(instruction.keyword_end(), options.clone());
            }
            _ => {}
        }
    }
    insertions
}

/// A `RUN` that mounts over our folder keeps its own.
fn forbids(run: &Instruction) -> bool {
    let options = run.arguments.split_whitespace().take_while(|word| word.starts_with("--"));
    options.flat_map(|option| option.split(',')).any(|part| {
        let target =
            part.rsplit_once('=').filter(|(key, _)| matches!(*key, "target" | "dst" | "destination"));
        target.is_some_and(|(_, path)| path.trim_matches('"').trim_end_matches('/') == "/dev")
    })
}

/// The certificates of a bundle, without the comments that tools write between them.
fn certificates_of(bundle: &str) -> String {
    let mut certificates = String::new();
    let mut inside = false;
    for line in bundle.lines().map(str::trim_end) {
        inside |= line == "-----BEGIN CERTIFICATE-----";
        if inside {
            certificates.push_str(line);
            certificates.push('\n');
        }
        inside &= line != "-----END CERTIFICATE-----";
    }
    certificates
}

fn files(certificates: String) -> Vec<TrustFile> {
    vec![
        TrustFile { id: "devc-ca", name: "ca.crt", contents: certificates },
        // apt and wget are built with GnuTLS, which reads no variable.
        TrustFile {
            id: "devc-apt",
            name: "apt.conf",
            contents: format!("Acquire::https::CAInfo \"{FOLDER}/ca.crt\";\n"),
        },
        TrustFile {
            id: "devc-wget",
            name: "wgetrc",
            contents: format!("ca_certificate = {FOLDER}/ca.crt\n"),
        },
    ]
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
