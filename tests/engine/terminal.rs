//! Commands with a terminal: its size, its keys, its end.

use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{ControlCode, Eof, Expect, Session};
use serde_json::json;

use crate::docker::BASE;
use crate::wait::eventually;
use crate::world::{World, scenario};

/// `devc` on a terminal of this size.
fn session(world: &World, words: &[&str], columns: u16, rows: u16) -> OsSession {
    let mut command = world.command(words);
    command.env("TERM", "xterm");
    // The terminal takes the place of what a command usually gets.
    let mut plain = std::process::Command::new(command.get_program());
    plain.args(command.get_args()).current_dir(command.get_current_dir().unwrap()).env_clear();
    plain.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut session = Session::spawn(plain).unwrap();
    session.get_process_mut().set_window_size(columns, rows).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session
}

#[track_caller]
fn ends_with(mut session: OsSession, code: i32) {
    session.expect(Eof).unwrap();
    match session.get_process().wait().unwrap() {
        WaitStatus::Exited(_, own) => assert_eq!(own, code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_sees_the_size_of_the_terminal_and_follows_it() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        world.up();
        // A shell forgets an interrupt that comes just when its child ends by itself, unless it is told what to do.
        let script = "trap 'stty size' WINCH; trap 'exit 130' INT; tty; stty size; echo ready; \
                      while :; do sleep 0.05; done";
        let mut session = session(&world, &["exec", "bash", "-c", script], 101, 41);
        session.expect("/dev/pts/").unwrap();
        session.expect("41 101").unwrap();
        session.expect("ready").unwrap();
        session.get_process_mut().set_window_size(77, 33).unwrap();
        session.expect("33 77").unwrap();
        session.send(ControlCode::EndOfText).unwrap();
        ends_with(session, 130);
    });
}

#[test]
fn control_c_reaches_the_program_and_devc_stays() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        world.up();
        let script =
            "trap 'caught=yes' INT; echo ready; until [ $caught ]; do sleep 0.05; done; echo after; exit 4";
        let mut session = session(&world, &["exec", "bash", "-c", script], 80, 24);
        session.expect("ready").unwrap();
        session.send(ControlCode::EndOfText).unwrap();
        session.expect("after").unwrap();
        ends_with(session, 4);
    });
}

#[test]
fn a_shell_is_interactive_and_ends_with_its_exit_code() {
    scenario(|world| {
        let image = world.image_with_user("");
        world.config(json!({"image": image, "remoteUser": "dev"}));
        world.up();
        let mut session = session(&world, &["shell"], 80, 24);
        session.expect("dev@").unwrap();
        session.send_line("echo $((40 + 2)) $TERM").unwrap();
        session.expect("42 xterm").unwrap();
        session.send_line("exit 9").unwrap();
        ends_with(session, 9);
    });
}

#[test]
fn the_terminal_is_as_before_when_the_command_has_ended() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        world.up();
        let program = world.command(&[]).get_program().to_owned();
        let script = format!(
            "stty -a > before; {} exec stty raw; echo done; stty -a > after; cmp before after && echo same",
            program.display()
        );
        let template = world.command(&[]);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script]).current_dir(world.workspace()).env_clear();
        shell.envs(template.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut session = Session::spawn(shell).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(60)));
        session.expect("same").unwrap();
    });
}

#[test]
fn a_closed_terminal_ends_the_command_inside() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        world.up();
        let container = world.container();
        let mut session = session(&world, &["exec", "sh", "-c", "echo ready; exec sleep 86400"], 80, 24);
        session.expect("ready").unwrap();
        assert!(container.runs("sleep 86400"));
        drop(session);
        eventually("the command ends", || (!container.runs("sleep 86400")).then_some(()));
    });
}

#[test]
fn the_size_can_be_given_where_there_is_no_terminal() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        world.up();
        let size = ["--terminal-columns", "120", "--terminal-rows", "50"];
        let words = [&["exec"], &size[..], &["--tty", "sh", "-c", "stty size"]].concat();
        assert_eq!(world.devc(&words).succeeds().text(), "50 120\r\n");
        // Without a terminal and without being asked, none is made.
        assert_eq!(world.devc(&["exec", "sh", "-c", "tty; true"]).succeeds().text(), "not a tty\n");
    });
}

#[test]
fn removing_volumes_is_asked_on_a_terminal() {
    scenario(|world| {
        let volume = format!("{}-data", world.name);
        world.config(
            json!({"image": BASE, "mounts": [{"type": "volume", "source": volume, "target": "/data"}]}),
        );
        world.up();
        let mut refused = session(&world, &["down", "--volumes"], 100, 30);
        refused.expect("Remove").unwrap();
        refused.send("n").unwrap();
        ends_with(refused, 130);
        assert_eq!(world.volumes(), [volume.as_str()]);
        assert_eq!(world.container().state(), "running");
        let mut agreed = session(&world, &["down", "--volumes"], 100, 30);
        agreed.expect("Remove").unwrap();
        agreed.send("y").unwrap();
        ends_with(agreed, 0);
        assert!(world.volumes().is_empty());
    });
}

#[test]
fn the_menu_of_volumes_says_which_command_does_the_same() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "customizations": {"devc": {"volumes": {"caches": {"npm": true}}}},
        }));
        world.up();
        let mut session = session(&world, &["volume"], 200, 200);
        session.expect("What is to be done?").unwrap();
        session.send("\r").unwrap();
        session.expect(format!("devc-{}", world.name)).unwrap();
        session.send("\r").unwrap();
        session.expect("The same without the menu: devc volume status").unwrap();
        session.expect("Nothing was chosen").unwrap();
        ends_with(session, 0);
    });
}
