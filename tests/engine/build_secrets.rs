//! What builds are given secretly reaches the steps that ask for it, and nothing else.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::docker::BASE;
use crate::world::{World, scenario};

/// Long enough to be looked for everywhere.
const SECRET: &str = "hunter2-of-the-build";

/// Steps that no earlier test has left in the cache.
fn dockerfile(world: &World, steps: &str) {
    world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
    let new = format!("RUN echo {} > /new", world.name);
    world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\n{new}\n{steps}\n"));
}

/// What is in the image at `path`.
#[track_caller]
fn read(world: &World, image: &str, path: &str) -> String {
    world.docker.ask(&["run", "--rm", image, "cat", path])
}

#[test]
fn a_secret_of_a_variable_or_a_file_is_seen_by_its_step_alone() {
    scenario(|mut world| {
        dockerfile(
            &world,
            "RUN --mount=type=secret,id=a --mount=type=secret,id=b cd /run/secrets && wc -c < a > /a && wc -c < b > /b\n\
             RUN --mount=type=secret,id=a cat /run/secrets/a; ls /run/secrets 2>/dev/null; true",
        );
        world.set("TOKEN", SECRET);
        let file = world.outside("a,b");
        std::fs::write(&file, format!("{SECRET} of a file\n")).unwrap();
        let file = format!("id=b,\"src={}\"", file.display());
        let name = format!("{}-secrets", world.name);
        let words = ["build", "--image-name", &name, "--secret", "id=a,env=TOKEN", "--secret", &file];
        let run = world.devc(&[&words[..], &["--log-level", "trace"]].concat()).succeeds();
        assert_eq!(read(&world, &name, "/a").trim(), SECRET.len().to_string());
        assert_eq!(read(&world, &name, "/b").trim(), (SECRET.len() + 11).to_string());
        for text in [&run.stderr, run.text(), &world.log()] {
            assert!(!text.contains(SECRET), "{text}");
        }
        run.says("********");
        let everything = world.docker.ask(&["history", "--no-trunc", &name])
            + &world.docker.inspect("image", &name).unwrap().to_string();
        assert!(!everything.contains(SECRET), "{everything}");
    });
}

#[test]
fn a_secret_is_in_no_argument_list() {
    scenario(|mut world| {
        dockerfile(&world, "RUN --mount=type=secret,id=a sleep 1; test -s /run/secrets/a");
        world.set("TOKEN", SECRET);
        let build = world.start(&[
            "build",
            "--secret",
            "id=a,env=TOKEN",
            "--image-name",
            &format!("{}-x", world.name),
        ]);
        build.until_it_says("RUN --mount=type=secret");
        let lines = world.processes_of_this_machine();
        assert!(
            lines.iter().any(|line| line.contains("id=a,src=")),
            "buildx has to be among them: {lines:?}"
        );
        assert!(lines.iter().all(|line| !line.contains(SECRET)));
        build.finish().succeeds();
    });
}

#[test]
fn up_gives_secrets_to_its_build_too() {
    scenario(|mut world| {
        dockerfile(&world, "RUN --mount=type=secret,id=TOKEN,required=true cp /run/secrets/TOKEN /etc/seen");
        world.set("TOKEN", "not in the image but for this test");
        let container = world.up_with(&["--secret", "id=TOKEN"]);
        assert_eq!(container.read("/etc/seen").as_deref(), Some("not in the image but for this test"));
        assert_eq!(container.env("TOKEN"), None);
    });
}

#[test]
fn a_secret_that_is_not_there_stops_the_build_before_it_begins() {
    scenario(|world| {
        dockerfile(&world, "RUN true");
        let run = world.devc(&["build", "--secret", "id=a,env=NOBODY_HAS_SET_THIS"]).fails();
        run.says("The build secret \"a\" is not there").says("NOBODY_HAS_SET_THIS").does_not_say("Building");
    });
}

/// An agent with one key, which ends with the test.
struct Agent(std::process::Child);

impl Agent {
    fn start(world: &World) -> (Self, String) {
        let socket = world.outside("agent.sock").display().to_string();
        let mut command = Command::new("ssh-agent");
        let agent = command
            .args(["-D", "-a", &socket])
            .stdout(Stdio::null())
            .spawn()
            .expect("ssh-agent is installed");
        crate::wait::eventually("the agent listens", || std::fs::exists(&socket).unwrap().then_some(()));
        let key = world.outside("key").display().to_string();
        world.host(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", &key]);
        world.host(&["env", &format!("SSH_AUTH_SOCK={socket}"), "ssh-add", "-q", &key]);
        (Self(agent), socket)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn steps_can_use_the_keys_of_an_agent() {
    scenario(|mut world| {
        dockerfile(&world, "RUN --mount=type=ssh test -S \"$SSH_AUTH_SOCK\"\nRUN test -z \"$SSH_AUTH_SOCK\"");
        let words = ["build", "--ssh", "default", "--image-name", &format!("{}-ssh", world.name)];
        world.devc(&words).fails().says("SSH_AUTH_SOCK").says("ssh-add");
        let (_agent, socket) = Agent::start(&world);
        world.set("SSH_AUTH_SOCK", socket);
        world.devc(&words).succeeds();
    });
}
