//! Features that many projects want, to be offered beside a Template.

/// Ids with what they bring. Their order is that of the offer.
pub const FEATURES: &[(&str, &str)] = &[
    ("ghcr.io/devcontainers/features/common-utils:2", "zsh and common tools"),
    ("ghcr.io/devcontainers/features/docker-in-docker:2", "Docker, with an engine of its own"),
    ("ghcr.io/devcontainers/features/docker-outside-of-docker:1", "Docker, with this machine's engine"),
    ("ghcr.io/devcontainers/features/github-cli:1", "GitHub CLI"),
    ("ghcr.io/devcontainers/features/go:1", "Go"),
    ("ghcr.io/devcontainers/features/java:1", "Java"),
    ("ghcr.io/devcontainers/features/node:1", "Node.js"),
    ("ghcr.io/devcontainers/features/python:1", "Python"),
    ("ghcr.io/devcontainers/features/rust:1", "Rust"),
    ("ghcr.io/devcontainers/features/sshd:1", "SSH server"),
];
