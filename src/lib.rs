//! `devc` owns a development environment's whole life: devcontainer.json in, running container out.
//!
//! This library is the program; the binary only calls [`run`]. The code map, from the top down:
//!
//! | module | what it does |
//! |---|---|
//! | [`cli`], [`commands`] | the command line; one file per verb: gather, decide, do, say |
//! | [`execute`] | does what a plan says; decides nothing |
//! | [`engine`], [`build`], [`compose`], [`host`], [`ui`] | the doors: the container engine, buildx, compose, this machine, the terminal |
//! | [`plan`] | decides what to do about image, container and hooks, as data |
//! | [`project`] | one resolved truth about a dev container for all verbs |
//! | [`collection`] | folders of Features or Templates, and what is published of them |
//! | [`registry`] | OCI registries: references, manifests, blobs, the user's logins, the local cache |
//! | [`archive`] | the content of Features and Templates: folders and tar archives |
//! | [`backup`], [`content`] | backups of volumes: the format, and what is read and written in a volume |
//! | [`recipe`] | Dockerfile text: read it, extend it |
//! | [`features`] | dev container Features: which, from where, in which order, with which environment |
//! | [`stack`] | the ecosystems that a repository uses, as data tables |
//! | [`verify`], [`doctor`], [`setup`] | what good builds are, what they need, and how a machine gets ready for them |
//! | [`editor`] | editors, and how each is told which container to open |
//! | [`preferences`] | what a user has settled for a machine: `config.toml`, and who wins over it |
//! | [`volumes`] | which folders of a container outlive it, and where they are mounted |
//! | [`template`] | Templates: their options, and the files that they bring to a project |
//! | [`tasks`] | what makes a container ready to work in: tasks, their order, what need not run again |
//! | [`config`] | devcontainer.json: text to typed values with positions |
//! | [`history`] | what earlier runs took: records of runs, and what they tell together |
//! | [`event`], [`error`], [`name`] | what every layer may speak |
//!
//! ARCHITECTURE.md says why, and which direction imports may take.

pub mod archive;
pub mod backup;
pub mod build;
pub mod cli;
pub mod collection;
pub mod commands;
pub mod compose;
pub mod config;
pub mod content;
pub mod doctor;
pub mod editor;
pub mod engine;
pub mod error;
pub mod event;
pub mod execute;
pub mod features;
pub mod history;
pub mod host;
pub mod name;
pub mod plan;
pub mod preferences;
pub mod project;
pub mod recipe;
pub mod registry;
mod run;
pub mod setup;
pub mod stack;
pub mod tasks;
pub mod template;
pub mod ui;
pub mod verify;
pub mod volumes;

pub use error::{Error, ErrorKind, Result};
pub use run::run;
