//! `devc` against a real engine: one intent per scenario, what the engine holds looked at first and text second.
//!
//! The scenarios run when an engine answers (`scripts/engine` makes sure of that) and fail when none does.
//! `DEVC_TEST_ENGINE=0` skips them; `DEVC_TEST_KEEP=1` leaves containers, images and folders behind to be looked at.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has to end")]

#[path = "../registry/client.rs"]
#[allow(dead_code, reason = "shared with the tests of the registry client")]
mod client;
mod container;
mod content;
mod docker;
#[path = "../registry/mock.rs"]
#[allow(dead_code, reason = "shared with the tests of the registry client")]
mod mock;
mod private_engine;
#[path = "../fixtures/repositories.rs"]
mod repositories;
mod run;
#[path = "../registry/server.rs"]
#[allow(dead_code, reason = "shared with the tests of the registry client")]
mod server;
mod wait;
mod world;

mod backups;
mod bad_input;
mod build;
mod build_push;
mod build_secrets;
mod caching;
mod compose;
mod concurrency;
mod database;
mod dockerfile_up;
mod doctor;
mod drift;
mod engine_loss;
mod environment;
mod events;
mod exec;
mod fast_apt;
mod features;
mod features_from_registry;
mod features_test;
mod generate;
mod generated_images;
mod hook_failure;
mod hooks;
mod image_up;
mod init;
mod interruption;
mod network;
mod open;
mod optimize;
mod own_devcontainer;
mod personal;
mod prebuild;
mod private_image;
mod properties;
mod secrets;
mod set_up;
mod status;
mod terminal;
mod undo;
mod unusual_images;
mod users;
mod verbs;
mod verify;
mod volume_faults;
mod volume_helper;
mod volume_share;
mod volumes;
mod workspace;
