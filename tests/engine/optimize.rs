//! `devc optimize --prove`: both Dockerfiles built, and both images compared.

use serde_json::Value;

use crate::caching::tools;
use crate::world::scenario;

fn build<'a>(proof: &'a Value, name: &str) -> &'a Value {
    let builds = proof["builds"].as_array().unwrap();
    builds.iter().find(|build| build["build"] == name).unwrap_or_else(|| panic!("no {name} in {proof:#}"))
}

#[test]
fn an_install_before_the_source_is_faster_after_an_edit_and_the_image_is_the_same() {
    scenario(|world| {
        let install = "python3 -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt && /venv/bin/python app.py";
        let dockerfile = format!("FROM {}\nWORKDIR /app\nCOPY . .\nRUN {install}\n", tools(&world));
        world.write("Dockerfile", &dockerfile);
        world.write("requirements.txt", "idna==3.6\n");
        world.write("app.py", "print('built')\n");
        world.write(".dockerignore", ".git\n.venv\n");
        let report = world.devc(&["optimize", "--prove", "--rounds", "1", "--json"]).succeeds().json();
        let proof = &report["proof"];
        assert_eq!(proof["differences"], Value::Array(Vec::new()), "{report:#}");
        assert_eq!(proof["sameContent"], true, "{report:#}");
        let source = build(proof, "source edit");
        let seconds = |side: &str| source[side]["seconds"].as_f64().unwrap();
        assert!(seconds("after") < seconds("before"), "{report:#}");
        assert_eq!(build(proof, "dependency edit")["before"]["steps"], 3, "{report:#}");
        let findings = report["findings"].as_array().unwrap();
        let saving = findings.iter().find_map(|finding| finding["saving"].as_object()).unwrap();
        assert!(saving["measured"]["seconds"].as_f64().unwrap() > 0.1, "{report:#}");
        assert_eq!(world.read("Dockerfile").as_deref(), Some(dockerfile.as_str()), "nothing is written");
        assert_eq!(world.read("app.py").as_deref(), Some("print('built')\n"), "nothing is edited");
        assert_eq!(world.docker.lines(&["images", "-q", "--filter", "reference=devc-optimize-*"]), [""; 0]);
    });
}
