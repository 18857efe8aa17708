//! `devc doctor` on a real engine.

use serde_json::Value;

use crate::world::scenario;

#[test]
fn an_engine_and_all_around_it_is_told() {
    scenario(|world| {
        let run = world.devc(&["doctor", "--json"]);
        let report = run.json();
        let row = |name: &str| -> Value {
            let rows = report["checks"].as_array().unwrap();
            rows.iter()
                .find(|row| row["name"] == name)
                .unwrap_or_else(|| panic!("no {name} in {report:#}"))
                .clone()
        };
        let version = world.docker.ask(&["version", "--format", "{{.Server.Version}}"]);
        assert_eq!(row("engine")["health"], "ok");
        assert!(row("engine")["found"].as_str().unwrap().starts_with(&version), "{report:#}");
        for name in ["buildkit", "buildx", "builder", "image store", "build caches"] {
            assert_eq!(row(name)["health"], "ok", "{report:#}");
        }
    });
}
