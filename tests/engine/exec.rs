//! `devc exec` without a terminal: codes, bytes, users, signals.

use rustix::process::Signal;
use serde_json::json;

use crate::docker::BASE;
use crate::wait::eventually;
use crate::world::{World, scenario};

fn plain(world: &World) {
    world.config(json!({"image": BASE}));
    world.up();
}

/// Bytes that repeat nowhere and hold every value.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let next = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    next.flatten().take(length).collect()
}

#[test]
fn the_exit_code_is_the_commands_own() {
    scenario(|world| {
        plain(&world);
        world.devc(&["exec", "true"]).exits(0);
        world.devc(&["exec", "sh", "-c", "exit 3"]).exits(3);
        world.devc(&["exec", "sh", "-c", "exit 255"]).exits(255);
        world.devc(&["exec", "sh", "-c", "kill -9 $$"]).exits(137);
        world.devc(&["exec", "sh", "-c", "kill -15 $$"]).exits(143);
        for (words, code, why) in [
            (&["no-such-program"][..], 127, "executable file not found"),
            (&["/no/such/program"][..], 127, "no such file or directory"),
            (&["/etc"][..], 126, "permission denied"),
            (&["-w", "/no/such/folder", "true"][..], 126, "chdir"),
            (&["-u", "nobody-knows", "true"][..], 126, "unable to find user"),
        ] {
            let run = world.devc(&[&["exec"], words].concat()).exits(code).says(why);
            assert_eq!(run.text(), "", "standard output is the command's own");
        }
        let own = "echo 'OCI runtime exec failed: not really'";
        let run = world.devc(&["exec", "sh", "-c", own]).exits(0);
        assert_eq!(run.text(), "OCI runtime exec failed: not really\n");
    });
}

#[test]
fn bytes_go_through_unchanged_in_both_directions() {
    scenario(|world| {
        plain(&world);
        let bytes = noise(5_000_000);
        let run = world.devc_with_input(&["exec", "cat"], &bytes).succeeds();
        assert!(run.stdout == bytes, "{} of {} bytes came back the same", run.stdout.len(), bytes.len());
        assert_eq!(run.stderr, "");
        let script = "cat > /tmp/in; sha256sum < /tmp/in >&2; cat /tmp/in";
        let run = world.devc_with_input(&["exec", "sh", "-c", script], &bytes).succeeds();
        assert!(run.stdout == bytes);
        assert_eq!(
            run.stderr.trim_end().len(),
            "-".len() + 2 + 64,
            "standard error stays apart\n{}",
            run.stderr
        );
    });
}

#[test]
fn the_end_of_the_input_is_the_end_of_the_commands_input() {
    scenario(|world| {
        plain(&world);
        let run = world.devc(&["exec", "sh", "-c", "cat; echo ended"]).succeeds();
        assert_eq!(run.text(), "ended\n");
        let run = world.devc_with_input(&["exec", "head", "-c", "3"], &noise(1_000_000)).succeeds();
        assert_eq!(run.stdout.len(), 3, "a command that does not want more ends it");
    });
}

#[test]
fn user_folder_and_variables_can_be_chosen() {
    scenario(|world| {
        let image = world.image_with_user("");
        world.config(json!({"image": image, "remoteUser": "dev", "remoteEnv": {"A": "config"}}));
        world.up();
        let script = "echo \"$(id -un) $(id -gn) $PWD $HOME $A\"";
        let of = |words: &[&str]| {
            let words = [&["exec"], words, &["sh", "-c", script]].concat();
            world.devc(&words).succeeds().text().trim_end().to_owned()
        };
        assert_eq!(of(&[]), format!("dev dev {} /home/dev config", world.inside()));
        assert_eq!(of(&["-u", "root"]), format!("root root {} /root config", world.inside()));
        assert_eq!(of(&["-u", "1000:0"]), format!("dev root {} /home/dev config", world.inside()));
        assert_eq!(of(&["-w", "/tmp", "-e", "A=line"]), "dev dev /tmp /home/dev line");
    });
}

#[test]
fn a_terminate_signal_reaches_the_command_inside() {
    scenario(|world| {
        plain(&world);
        let script = "trap 'echo told > told; exit 5' TERM; touch begun; while :; do sleep 0.05; done";
        let run = world.start(&["exec", "sh", "-c", script]);
        world.until_there_is("begun");
        run.signal(Signal::TERM);
        run.finish().exits(5);
        assert!(world.has("told"));
    });
}

#[test]
fn a_signal_ends_what_the_command_has_started_too() {
    scenario(|world| {
        let image = world.image_with_user("");
        world.config(json!({"image": image, "remoteUser": "dev"}));
        world.open_to_all();
        world.up();
        let run = world.start(&["exec", "sh", "-c", "sleep 86400 & touch begun; wait"]);
        world.until_there_is("begun");
        let container = world.container();
        assert!(container.runs("sleep 86400"));
        run.signal(Signal::TERM);
        run.finish().exits(143);
        eventually("the child ends", || (!container.runs("sleep 86400")).then_some(()));
    });
}

#[test]
fn what_runs_is_what_was_written() {
    scenario(|world| {
        plain(&world);
        let run =
            world.devc(&["exec", "printf", "%s|", "a b", "", "$HOME", "--user", "-x", "ü\n"]).succeeds();
        assert_eq!(run.text(), "a b||$HOME|--user|-x|ü\n|");
    });
}

#[test]
fn the_command_of_a_stopped_or_missing_container_is_refused() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        world.devc(&["exec", "true"]).fails().says("Dev container not found").says("devc up");
        world.up();
        world.devc(&["stop"]).succeeds();
        world.devc(&["exec", "true"]).fails().says("is not running").says("devc up");
        world.devc(&["exec", "--container-id", "no-such-container", "true"]).fails().says("not found");
    });
}

#[test]
fn a_command_may_leave_a_process_in_the_background() {
    scenario(|world| {
        plain(&world);
        let run = world.devc(&["exec", "sh", "-c", "sleep 86400 & echo started"]).succeeds();
        assert_eq!(run.text(), "started\n");
        assert!(run.elapsed.as_secs() < 30, "{run}");
        assert!(world.container().runs("sleep 86400"));
    });
}
