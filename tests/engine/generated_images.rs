//! The Dockerfiles of `devc generate`: BuildKit understands all of them, and the images that they make work.

use std::process::{Child, Stdio};

use serde_json::json;

use crate::docker::BASE;
use crate::repositories::REPOSITORIES;
use crate::wait::eventually;
use crate::world::{World, scenario};

/// Asks the frontend that builds a Dockerfile what it says about its targets. Nothing runs, and nothing is fetched
/// where all images are the base image.
fn assert_buildkit_understands(world: &World, folder: &str) {
    let text = world.read(&format!("{folder}/Dockerfile")).unwrap();
    let images: Vec<String> = text.lines().filter_map(argument_of_an_image).collect();
    let outline = |target: &&str| {
        let mut client = world.docker.command(&["buildx", "build", "--print=outline", "--target", target]);
        client.args(&images).arg(world.workspace().join(folder)).env("BUILDX_EXPERIMENTAL", "1");
        client.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let targets: Vec<&str> = text.lines().filter_map(target).collect();
    let clients: Vec<Child> = targets.iter().map(outline).collect();
    for (target, client) in targets.iter().zip(clients) {
        let output = client.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{folder}, {target}: {said}\n{text}");
    }
}

/// `ARG NODE_IMAGE=...` as the option that sets it to the base image.
fn argument_of_an_image(line: &str) -> Option<String> {
    let (name, _) = line.strip_prefix("ARG ")?.split_once('=')?;
    name.contains("_IMAGE").then(|| format!("--build-arg={name}={BASE}"))
}

/// The name of a stage that no other one takes anything from.
fn target(line: &str) -> Option<&str> {
    let name = line.strip_prefix("FROM ")?.split(" AS ").nth(1)?;
    let is_last = ["dev", "test", "prod"].contains(&name) || name.starts_with("prod-");
    (is_last && !name.starts_with("prod-deps")).then_some(name)
}

#[test]
fn buildkit_understands_the_dockerfile_of_every_ecosystem() {
    scenario(|world| {
        for (name, files) in REPOSITORIES {
            let folder = name.replace(' ', "-");
            for (path, text) in *files {
                world.write(&format!("{folder}/{path}"), text);
            }
            world.devc(&["generate", "--workspace-folder", &folder]).succeeds();
            assert_buildkit_understands(&world, &folder);
        }
    });
}

/// A project on the base image. Its images are named after its world, and go with it.
struct Project {
    world: World,
}

impl Project {
    /// One of the projects below `examples/`, as somebody has it who shares no file with others.
    fn example(world: World, name: &str) -> Self {
        world.take_example(name);
        world.host(&["chmod", "-R", "go=", "."]);
        Self::new(world)
    }

    fn new(world: World) -> Self {
        world.devc(&["generate", "--base-image", BASE, "--force"]).succeeds();
        Self { world }
    }

    fn build(&self, target: &str) -> String {
        let build = json!({"dockerfile": "../Dockerfile", "context": "..", "target": target});
        self.world.config(json!({ "build": build }));
        let image = format!("{}-{target}", self.world.name);
        self.world.devc(&["build", "--image-name", &image]).succeeds();
        image
    }

    fn assert_refuses_a_manifest_that_the_lockfile_does_not_know(&self) {
        let manifest = self
            .world
            .read("package.json")
            .unwrap()
            .replace("\"dependencies\": {", "\"dependencies\": { \"left-pad\": \"1.3.0\",");
        self.world.write("package.json", &manifest);
        self.world.devc(&["build"]).fails().says("package.json and package-lock.json");
    }

    /// Production is a third of development, or less.
    fn assert_small(&self, prod: &str, dev: &str) {
        let size = |image| self.world.docker.inspect("image", image).unwrap()["Size"].as_u64().unwrap();
        assert!(size(dev) >= 3 * size(prod), "{prod}: {} of {}", size(prod), size(dev));
    }

    /// What a program says in an image.
    fn ask(&self, image: &str, words: &[&str]) -> String {
        self.world.docker.ask(&[&["run", "--rm", image], words].concat())
    }

    /// Starts an image as it is, and asks it until it answers.
    fn assert_answers(&self, image: &str, question: &[&str], answer: &str) {
        let docker = &self.world.docker;
        let container = docker.ask(&["run", "--detach", image]);
        let ask = || docker.try_ask(&[&["exec", &container], question].concat()).ok();
        eventually("the service answers", || ask().filter(|said| said.contains(answer)));
        assert_eq!(docker.ask(&["exec", &container, "id", "-u"]), "1000");
        assert!(docker.try_ask(&["exec", &container, "touch", "/app/new"]).is_err(), "it can change itself");
        docker.ask(&["rm", "--force", &container]);
    }

    /// The packages of production are among those of development, in the same versions.
    fn assert_same_versions(&self, [dev, prod]: [&str; 2], list: &[&str], known: &str) {
        let [dev, prod] = [dev, prod].map(|image| self.ask(image, list));
        let dev: Vec<&str> = dev.lines().collect();
        assert!(prod.contains(known), "{prod}");
        assert!(prod.lines().all(|package| dev.contains(&package)), "{dev:?}\n{prod}");
        assert!(prod.lines().count() < dev.len(), "development has nothing of its own: {dev:?}");
    }
}

/// Names and versions of all packages below `node_modules`.
const NODE_PACKAGES: &str =
    "const { packages } = JSON.parse(require('fs').readFileSync('/app/node_modules/.package-lock.json'));
for (const [path, { version }] of Object.entries(packages)) console.log(path, version);";

#[test]
fn a_node_service_is_small_in_production_and_answers() {
    scenario(|world| {
        let project = Project::example(world, "node-api");
        let (prod, dev) = (project.build("prod"), project.build("dev"));
        let fetch = "fetch('http://127.0.0.1:3000/health').then(answer => console.log(answer.status))";
        project.assert_answers(&prod, &["node", "-e", fetch], "200");
        project.assert_same_versions([&dev, &prod], &["node", "-e", NODE_PACKAGES], "node_modules/express ");
        project.assert_small(&prod, &dev);
        assert!(project.world.docker.try_ask(&["run", "--rm", &prod, "npm", "--version"]).is_err());
        assert_eq!(project.ask(&dev, &["sh", "-c", "id -un; sudo id -un"]), "dev\nroot");
        project.assert_refuses_a_manifest_that_the_lockfile_does_not_know();
    });
}

/// Names and versions of all packages that Python finds.
const PYTHON_PACKAGES: &str = "from importlib.metadata import distributions
for one in distributions(): print(one.name, one.version)";

fn check_python_service(world: World, example: &str, known: &str) {
    let project = Project::example(world, example);
    let (prod, dev) = (project.build("prod"), project.build("dev"));
    let fetch = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:8000/health').status)";
    project.assert_answers(&prod, &["python", "-c", fetch], "200");
    project.assert_same_versions([&dev, &prod], &["python", "-c", PYTHON_PACKAGES], known);
    project.assert_small(&prod, &dev);
}

#[test]
fn a_service_with_requirements_is_small_in_production_and_answers() {
    scenario(|world| check_python_service(world, "python-pip", "Flask "));
}

#[test]
fn a_service_locked_by_uv_is_small_in_production_and_answers() {
    scenario(|world| check_python_service(world, "python-uv", "fastapi "));
}

#[test]
fn a_page_is_served_without_node() {
    scenario(|world| {
        let project = Project::example(world, "vite-app");
        let prod = project.build("prod");
        let fetch = "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /some/route HTTP/1.0\\r\\n\\r\\n' >&3 && head -1 <&3";
        project.assert_answers(&prod, &["bash", "-c", fetch], "200 OK");
        assert!(project.world.docker.try_ask(&["run", "--rm", &prod, "node", "--version"]).is_err());
    });
}

#[test]
fn the_source_of_a_rust_program_takes_the_place_of_its_stand_in() {
    scenario(|world| {
        world.write("Cargo.toml", "[package]\nname = \"hello\"\nversion = \"0.1.0\"\n");
        world.write("Cargo.lock", "version = 3\n\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n");
        world.write("src/main.rs", "fn main() { println!(\"{}\", hello::greeting()) }\n");
        world.write("src/lib.rs", "pub fn greeting() -> &'static str { \"hello\" }\n");
        // As in a clone that is older than the stand-ins.
        world.host(&["touch", "-d", "2001-01-01", "src/main.rs", "src/lib.rs"]);
        let project = Project::new(world);
        assert_eq!(project.ask(&project.build("prod"), &[]), "hello");
        project.world.write("src/lib.rs", "pub fn greeting() -> &'static str { \"good bye\" }\n");
        assert_eq!(project.ask(&project.build("prod"), &[]), "good bye");
    });
}
