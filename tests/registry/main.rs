//! The registry client against a real registry (Debian's `docker-registry`, which `scripts/engine` installs), and
//! against a small server of our own for what a real one does not do: login servers, redirects, faults.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has to end")]

mod client;
mod mock;
mod server;

mod cache;
mod collections;
mod downloads;
mod faults;
mod foreign_hosts;
mod logins;
mod mirrors;
mod offline;
mod proxies;
mod real;
mod templates;
mod tls;
mod verbs;
