//! Features in a real registry, published by the reference CLI.

use serde_json::{Value, json};

use crate::place::Place;
use crate::server::{PASSWORD, Server, Setup, USER};
use crate::tool::Tool;

/// Below which name they are published.
const NAMESPACE: &str = "parity/features";

/// A registry with the Features `tool` and `base`, on which `tool` depends, in the versions 1.0.0, 1.1.0 and 2.0.0.
pub(crate) struct Published {
    server: Server,
}

impl Published {
    /// In a registry that is open to all.
    pub(crate) fn openly() -> Self {
        Self::in_registry(Server::start(Setup::Open), &[])
    }

    /// In a registry that asks for a password.
    pub(crate) fn with_password() -> Self {
        let server = Server::start(Setup::Password);
        let login = inline_login(&server.host());
        Self::in_registry(server, &[("DEVCONTAINERS_OCI_AUTH", &login)])
    }

    fn in_registry(server: Server, variables: &[(&str, &str)]) -> Self {
        let published = Self { server };
        for version in ["1.0.0", "1.1.0", "2.0.0"] {
            published.publish(version, variables);
        }
        published
    }

    fn publish(&self, version: &str, variables: &[(&str, &str)]) {
        let place = Place::empty("publisher");
        let option = json!({"level": {"type": "string", "default": "low", "description": "How much"}});
        let base = json!({"id": "base", "version": version, "name": "Base"});
        let tool = json!({"id": "tool", "version": version, "name": "Tool", "options": option,
            "dependsOn": {self.id("base:1"): {}}, "installsAfter": [self.id("base")]});
        for (id, metadata) in [("base", base), ("tool", tool)] {
            place.write(&format!("src/{id}/devcontainer-feature.json"), &metadata.to_string());
            place.write(&format!("src/{id}/install.sh"), "#!/bin/sh\nset -e\n");
        }
        let line = format!("features publish src --registry {} --namespace {NAMESPACE}", self.server.host());
        let ran = place.run_with(Tool::Reference, &line, variables);
        assert_eq!(ran.code, 0, "{ran}");
    }

    /// The id of a Feature there.
    pub(crate) fn id(&self, rest: &str) -> String {
        format!("{}/{NAMESPACE}/{rest}", self.server.host())
    }

    /// The registry's host.
    pub(crate) fn host(&self) -> String {
        self.server.host()
    }

    /// A workspace that wants these of them.
    pub(crate) fn place(&self, name: &str, wanted: &[&str]) -> Place {
        let features: serde_json::Map<String, Value> =
            wanted.iter().map(|rest| (self.id(rest), json!({}))).collect();
        Place::with_config(name, &json!({"image": "devc-base:bookworm", "features": features}))
    }
}

/// The login for registries with a password, as `DEVCONTAINERS_OCI_AUTH` has it.
pub(crate) fn inline_login(host: &str) -> String {
    format!("{host}|{USER}|{PASSWORD}")
}
