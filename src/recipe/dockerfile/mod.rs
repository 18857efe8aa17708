//! Reads Dockerfiles as BuildKit does, and writes the ones that `devc` adds.
//!
//! The reader is our own, because the crates at hand reject files that BuildKit builds: parse-dockerfile
//! 0.1.9 takes the body of `RUN cat <<EOF` for instructions and refuses two stages of one name. What
//! matters here is where instructions begin and end; their grammar is left to BuildKit.

mod argument;
mod copied;
mod edits;
mod expand;
mod graph;
mod heredoc;
mod label;
mod lex;
mod scan;
mod syntax;
mod trust;
mod uid;

pub use argument::with_argument;
pub use copied::context_paths;
pub use edits::Edits;
pub use label::{
    Labelled, NAME_FOR_UNNAMED, TARGET_STAGE, labelled_image, with_metadata_label, with_target_stage,
};
pub use lex::{Instruction, Source, lex};
pub use scan::{BaseImage, DockerfileFacts, Variables, platform_args, scan};
pub use syntax::Syntax;
pub use trust::{BuildTrust, CA_VARIABLES, Delivery, TrustFile, Trusted, with_host_trust};
pub use uid::{UidDecision, UidUpdate, needs_uid_update, uid_update};
