//! `devc verify`: what builds show of a Dockerfile.

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::world::scenario;

/// Two stages that can run side by side, dependencies before sources, and nothing that does not belong there.
const STAGES: &str = "
FROM base AS one
RUN sleep 0.5 && echo one > /one
FROM base AS two
RUN sleep 0.5 && echo two > /two
FROM base AS dev
COPY requirements.txt /app/
COPY --from=one /one /one
COPY --from=two /two /two
COPY src /app/src
";

/// Put together here, so that nobody's scanner takes this file for a leak.
fn token() -> String {
    format!("ghp_{}", "Ab3dEf7h".repeat(5))
}

fn verdict<'a>(report: &'a Value, check: &str) -> &'a Value {
    let rows = report["checks"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == check).unwrap_or_else(|| panic!("no {check} in {report:#}"))
}

fn verdicts(report: &Value) -> Vec<String> {
    let rows = report["checks"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| format!("{} {}", text(&row["name"]), text(&row["verdict"]))).collect()
}

#[test]
fn a_dockerfile_that_is_built_well_passes_every_check() {
    scenario(|world| {
        world.write("Dockerfile", &format!("FROM {BASE} AS base\nENV OF={}{STAGES}", world.name));
        world.write("requirements.txt", "flask==3.0.0\n");
        world.write("src/app.py", "print(1)\n");
        world.write(".git/objects/pack", &"x".repeat(1_500_000));
        world.write(".dockerignore", ".git\n");
        let report = world.devc(&["verify", "--json"]).succeeds().json();
        assert_eq!(report["outcome"], "passed", "{report:#}");
        assert!(verdicts(&report).iter().all(|row| row.ends_with(" passed")), "{report:#}");
        assert_eq!(verdict(&report, "parallel")["measured"], 2.0, "{report:#}");
        assert_eq!(verdict(&report, "stages")["measured"], 4.0, "{report:#}");
        assert_eq!(verdict(&report, "cached")["measured"], 100.0, "{report:#}");
        let about = |check: &str| verdict(&report, check)["about"].as_str().unwrap().to_owned();
        assert!(about("source-edit").starts_with("a line was added to src/app.py; "), "{report:#}");
        assert!(about("dependency-edit").starts_with("six was added to requirements.txt; "), "{report:#}");
        assert_eq!(
            world.read("src/app.py").as_deref(),
            Some("print(1)\n"),
            "the user's files stay as they are"
        );
        assert_eq!(world.docker.lines(&["images", "-q", "--filter", "reference=devc-verify-*"]), [""; 0]);
    });
}

#[test]
fn what_is_wrong_with_a_dockerfile_is_found() {
    scenario(|world| {
        world.config(
            json!({"build": {"dockerfile": "../Dockerfile", "context": "..", "options": ["--no-cache"]}}),
        );
        let token = token();
        let text = format!(
            "FROM {BASE} AS broken\nRUN exit 3\nFROM {BASE}\nARG NPM_TOKEN=hunter2\nENV API_KEY=hunter2\nCOPY . /app\n\
             RUN sleep 0.6 && echo {token} > /root/token\nRUN rm /root/token\n"
        );
        world.write("Dockerfile", &text);
        world.write("requirements.txt", "flask==3.0.0\n");
        world.write("src/app.py", "print(1)\n");
        world.write(".env", "A=b\n");
        world.write("big.bin", &"x".repeat(1_500_000));
        let run = world.devc(&["verify", "--json", "--max-rebuild", "0.5", "--max-context", "1"]).exits(1);
        let report = run.json();
        let expected = [
            "cache-mounts passed",
            "stages failed",
            "parallel skipped",
            "cached failed",
            "rebuild failed",
            "source-edit failed",
            "dependency-edit failed",
            "context-size failed",
            "context-reduction failed",
            "context-secrets failed",
            "image-secrets failed",
        ];
        assert_eq!(verdicts(&report), expected, "{report:#}");
        assert_eq!(verdict(&report, "cached")["measured"], 0.0, "{report:#}");
        let found = verdict(&report, "image-secrets")["findings"].as_array().unwrap();
        let places: Vec<&str> = found.iter().map(|finding| finding["place"].as_str().unwrap()).collect();
        for place in ["variable API_KEY", "build argument NPM_TOKEN", "root/token", "app/.env", "history"] {
            assert!(places.contains(&place), "{place} in {report:#}");
        }
        assert!(!run.text().contains(&token), "values are never told");
    });
}

#[test]
fn an_image_that_cannot_be_built_fails_every_check_on_it() {
    scenario(|world| {
        world.write("Dockerfile", &format!("FROM {BASE}\nRUN exit 7\n"));
        let report = world.devc(&["verify", "--only", "rebuild,image-secrets", "--json"]).exits(1).json();
        assert_eq!(verdicts(&report), ["rebuild failed", "image-secrets failed"]);
        let about = verdict(&report, "rebuild")["about"].as_str().unwrap().to_owned();
        assert!(about.starts_with("the image cannot be built: ") && about.contains("exit code 7"), "{about}");
    });
}
