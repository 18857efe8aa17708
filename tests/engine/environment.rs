//! What hooks and commands find in their environment.

use serde_json::json;

use crate::docker::BASE;
use crate::wait::eventually;
use crate::world::{World, scenario};

/// What a command in the container prints, through `devc exec`.
#[track_caller]
fn exec(world: &World, script: &str) -> String {
    world.devc(&["exec", "sh", "-c", script]).succeeds().text().trim_end().to_owned()
}

#[test]
fn hooks_and_commands_see_what_the_users_own_shell_sets_up() {
    scenario(|world| {
        let image = world.image_with_user(
            "RUN echo 'export FROM_PROFILE=p PATH=\"$HOME/tools:$PATH\"' >> /home/dev/.profile \
             && echo 'export FROM_BASHRC=\"b c\"; echo Welcome' >> /home/dev/.bashrc",
        );
        let print = "echo \"$FROM_PROFILE|$FROM_BASHRC|$PATH\"";
        world.config(
            json!({"image": image, "remoteUser": "dev", "postCreateCommand": format!("{print} > seen")}),
        );
        world.open_to_all();
        world.up();
        let seen = world.read("seen").unwrap();
        assert!(seen.starts_with("p|b c|/home/dev/tools:"), "{seen}");
        assert_eq!(exec(&world, print), seen.trim_end());
    });
}

#[test]
fn an_edited_startup_file_is_seen_by_the_next_command() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        let container = world.up();
        assert_eq!(exec(&world, "echo $EDITED"), "");
        container.sh("echo 'export EDITED=one' >> ~/.bashrc");
        assert_eq!(exec(&world, "echo $EDITED"), "one");
        container.sh("echo 'export EDITED=two' >> ~/.bashrc");
        assert_eq!(exec(&world, "echo $EDITED"), "two");
        // A file that startup files read cannot be watched; there is a flag for that.
        container.sh("echo '. ~/more' >> ~/.bashrc; echo 'export MORE=1' > ~/more");
        assert_eq!(exec(&world, "echo $MORE"), "1");
        container.sh("echo 'export MORE=2' > ~/more");
        let fresh = world.devc(&["exec", "--refresh-env", "sh", "-c", "echo $MORE"]).succeeds();
        assert_eq!(fresh.text(), "2\n");
    });
}

#[test]
fn what_a_hook_writes_to_a_startup_file_is_seen_by_commands() {
    scenario(|world| {
        let edit = "echo 'export PATH=\"/opt/tool/bin:$PATH\"' >> ~/.bashrc";
        world.config(json!({"image": BASE, "onCreateCommand": edit}));
        world.up();
        assert!(exec(&world, "echo $PATH").starts_with("/opt/tool/bin:"));
    });
}

#[test]
fn a_startup_file_that_hangs_costs_some_seconds_and_a_warning() {
    scenario(|world| {
        let image = world.image_with_user("RUN echo 'sleep 86400' >> /home/dev/.bashrc");
        world.config(json!({"image": image, "remoteUser": "dev", "postCreateCommand": "echo ran >> order"}));
        world.open_to_all();
        let run =
            world.devc(&["up"]).succeeds().says("did not tell its environment within").says("userEnvProbe");
        assert!(run.elapsed.as_secs() < 30, "{run}");
        assert_eq!(world.take_order(), ["ran"]);
        let container = world.container();
        eventually("nothing is left of the shell", || (!container.runs("sleep 86400")).then_some(()));
        let again = world.devc(&["exec", "true"]).succeeds();
        assert!(again.elapsed.as_secs() < 9, "once is enough\n{again}");
    });
}

#[test]
fn no_shell_is_asked_when_the_configuration_says_none() {
    scenario(|world| {
        let image = world.image_with_user("RUN echo 'export ASKED=1' >> /home/dev/.bashrc");
        world.config(json!({"image": image, "remoteUser": "dev", "userEnvProbe": "none"}));
        world.up();
        assert_eq!(exec(&world, "echo \"$ASKED|$HOME|$(id -un)\""), "|/home/dev|dev");
    });
}

#[test]
fn remote_variables_are_set_unset_and_composed() {
    scenario(|mut world| {
        world.set("ON_THE_HOST", "from the host");
        world.config(json!({
            "image": BASE,
            "containerEnv": {"GREETING": "hello", "GONE": "still here", "LINES": "a\nb 'c' \"d\""},
            "remoteEnv": {
                "GONE": null,
                "PATH": "${containerEnv:PATH}:/more",
                "COMPOSED": "${containerEnv:GREETING} ${localEnv:ON_THE_HOST} ${localEnv:MISSING:default}",
                "WHO": "config",
            },
            "postCreateCommand": "echo \"${containerEnv:GREETING}|${GONE-unset}\" > seen",
        }));
        world.up();
        assert_eq!(world.read("seen").as_deref(), Some("hello|unset\n"));
        assert_eq!(exec(&world, "echo ${GONE-unset}"), "unset");
        assert!(exec(&world, "echo $PATH").ends_with("/bin:/more"));
        assert_eq!(exec(&world, "echo $COMPOSED"), "hello from the host default");
        assert_eq!(exec(&world, "echo \"$LINES\""), "a\nb 'c' \"d\"");
        let given = world
            .devc(&[
                "exec",
                "--remote-env",
                "WHO=line",
                "--remote-env",
                "MORE=x=y",
                "sh",
                "-c",
                "echo $WHO $MORE",
            ])
            .succeeds();
        assert_eq!(given.text(), "config x=y\n", "the configuration wins, as in the reference CLI");
    });
}

#[test]
fn remote_variables_take_effect_without_a_new_container() {
    scenario(|world| {
        world.config(json!({"image": BASE, "remoteEnv": {"A": "1"}}));
        let first = world.up();
        assert_eq!(exec(&world, "echo $A"), "1");
        world.config(json!({"image": BASE, "remoteEnv": {"A": "2"}}));
        let run = world.devc(&["up"]).succeeds().does_not_say("has changed");
        assert_eq!(run.json()["containerId"], first.id);
        assert_eq!(exec(&world, "echo $A"), "2");
    });
}

#[test]
fn login_shells_and_services_see_the_variables_of_the_container() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "containerEnv": {
                "PATH": "/special:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "QUOTED": "say \"hi\" for $5",
            },
        }));
        let container = world.up();
        assert!(container.sh("env -i PATH=/special:/bin bash -lc 'echo $PATH'").starts_with("/special:"));
        let source = "env -i sh -c '. /etc/environment; echo \"$PATH|$QUOTED\"'";
        assert_eq!(
            container.sh(source),
            "/special:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|say \"hi\" for $5"
        );
        world.devc(&["stop"]).succeeds();
        world.up();
        assert_eq!(container.sh("grep -c ^QUOTED= /etc/environment"), "1", "once per container");
        assert!(container.test("test -e /var/devcontainer/.patchEtcEnvironmentMarker"));
        assert!(container.test("test -e /var/devcontainer/.patchEtcProfileMarker"));
    });
}
