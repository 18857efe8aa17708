//! Images that lack what others have.

use serde_json::json;

use crate::docker::BASE;
use crate::wait::eventually;
use crate::world::scenario;

/// Nothing but one program that knows many names, and a user.
const BUSYBOX: &str = r#"
RUN apt-get update && apt-get install -y --no-install-recommends busybox-static
RUN mkdir -p /root-of/bin /root-of/etc /root-of/tmp /root-of/proc /root-of/home/dev && cp /bin/busybox /root-of/bin/ \
    && for name in $(busybox --list); do ln -s busybox /root-of/bin/$name; done \
    && echo 'root:x:0:0::/root:/bin/sh' > /root-of/etc/passwd && echo 'dev:x:1000:1000::/home/dev:/bin/sh' >> /root-of/etc/passwd \
    && echo 'dev:x:1000:' > /root-of/etc/group && chown 1000:1000 /root-of/home/dev && chmod 1777 /root-of/tmp
FROM scratch
COPY --from=0 /root-of /
ENV PATH=/bin
"#;

#[test]
fn busybox_is_enough_for_a_dev_container() {
    scenario(|world| {
        world.config(json!({
            "build": {"dockerfile": "Dockerfile"},
            "remoteUser": "dev",
            "containerEnv": {"A": "1"},
            "remoteEnv": {"A": null},
            "postCreateCommand": "echo \"$(id -un) $HOME ${A-unset}\" > seen",
        }));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}{BUSYBOX}"));
        world.open_to_all();
        let container = world.up();
        assert_eq!(world.read("seen").as_deref(), Some("dev /home/dev unset\n"));
        container.sh("echo 'export FROM_PROFILE=1' >> /home/dev/.profile");
        assert_eq!(world.devc(&["exec", "sh", "-c", "echo $FROM_PROFILE"]).succeeds().text(), "1\n");
        let run = world.start(&["exec", "sh", "-c", "touch begun; sleep 86400"]);
        world.until_there_is("begun");
        run.signal(rustix::process::Signal::TERM);
        run.finish().exits(143);
        eventually("the process inside ends", || (!container.runs("sleep 86400")).then_some(()));
        assert_eq!(world.devc_with_input(&["shell"], b"echo $0\n").succeeds().text(), "/bin/sh\n");
        world.devc(&["stop"]).succeeds();
        world.up();
    });
}

#[test]
fn an_image_without_a_shell_is_one_clear_error_and_leaves_nothing_behind() {
    scenario(|world| {
        let image = format!("{}-base", world.name);
        world.docker.build(&image, &format!("FROM {BASE}\nFROM scratch\nCOPY --from=0 /etc/passwd /\n"));
        world.config(json!({"image": image}));
        world.devc(&["up"]).fails().says("/bin/sh");
        assert!(world.containers().is_empty());
    });
}

#[test]
fn an_image_whose_user_has_no_account_works() {
    scenario(|world| {
        let image = world.image_with_user("USER 4242:4242\nENV HOME=/tmp");
        world.config(json!({"image": image, "postCreateCommand": "echo \"$(id -u) $HOME\" > seen"}));
        world.open_to_all();
        world.up();
        assert_eq!(world.read("seen").as_deref(), Some("4242 /tmp\n"));
        assert_eq!(world.devc(&["exec", "id", "-u"]).succeeds().text(), "4242\n");
    });
}
