//! Collections: folders of Features or Templates, and what is published of them.
//!
//! | file | what it knows |
//! |---|---|
//! | `kind` | Feature or Template: the names of files and formats |
//! | `metadata` | what each one says about itself, checked, with the place of every mistake |
//! | `member` | one of them as it is published: metadata completed, files packed |
//! | `reading` | a folder of them |
//! | `contents` | the table of contents that is published beside them |
//! | `docs` | the README.md of each |
//! | `tags` | the tags of a version |
//! | `publish` | all of it into a registry |
//! | `testing` | the tests of Features, and the projects in which they run |
//!
//! Both kinds take the same way; only `member` treats them differently.

mod contents;
pub mod docs;
mod kind;
mod member;
mod metadata;
mod publish;
mod reading;
mod tags;
mod template;
pub mod testing;

pub use contents::{TABLE_OF_CONTENTS, indented};
pub use kind::Kind;
pub use member::Member;
pub use publish::{Destination, publish};
pub use reading::{Collection, Documented, documented, read};
