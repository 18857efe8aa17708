//! Decides what an image is built from: Dockerfile text in, facts and Dockerfile text out. Pure.

pub mod advice;
pub mod caching;
pub mod compose_overlay;
pub mod dev_configuration;
pub mod docker_ignore;
pub mod dockerfile;
pub mod fast_apt;
pub mod features;
pub mod image;
pub mod regions;
pub mod shell;
