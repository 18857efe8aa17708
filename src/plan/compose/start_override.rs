//! The compose file that gives the dev container's service what devcontainer.json asks for (reference, 5.9.4.2 to 5.9.6).
//!
//! It is JSON, which is YAML too: line breaks, quotes and the options of mounts survive, unlike in the reference CLI's
//! file (Q9, Q10).

use serde_json::{Map, Value, json};

use crate::config::{Mount, MountKind};
use crate::plan::{ContainerSpec, OwnCommand};
use crate::project::compose::{Service, each_text};

/// What the service runs by itself. An entrypoint of its own hides the image's command, as compose has it.
pub fn own_command(service: &Service, entrypoint: &[String], command: &[String]) -> OwnCommand {
    let image_command = if service.entrypoint.is_some() { &[] } else { command };
    OwnCommand {
        entrypoint: service.entrypoint.clone().unwrap_or_else(|| entrypoint.to_vec()),
        command: service.command.clone().unwrap_or_else(|| image_command.to_vec()),
        by_default: true,
    }
}

/// The file, and what of the configuration it cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartOverride {
    /// Its text.
    pub text: String,
    /// Parts of mounts that compose has no words for.
    pub lost: Vec<String>,
}

/// Makes the file for a service; `spec` is what its container is to be like.
pub fn start_override(name: &str, service: &Service, spec: &ContainerSpec) -> StartOverride {
    let mut file = Map::new();
    let mut services = Map::new();
    services.insert(name.to_owned(), Value::Object(members(service, spec)));
    file.insert("services".to_owned(), Value::Object(services));
    let volumes = named_volumes(spec);
    if !volumes.is_empty() {
        file.insert("volumes".to_owned(), Value::Object(volumes));
    }
    let mut file = Value::Object(file);
    // Compose would take a single dollar sign for a variable of this machine.
    each_text(&mut file, &|text| text.replace('$', "$$"));
    let mounts = spec.mounts.iter().flat_map(|requested| lost(&requested.mount));
    StartOverride { text: format!("{file:#}\n"), lost: mounts.collect() }
}

fn members(service: &Service, spec: &ContainerSpec) -> Map<String, Value> {
    let wrapper = ["/bin/sh", "-c", &spec.script, "-"].map(str::to_owned);
    let entrypoint: Vec<String> = wrapper.into_iter().chain(spec.entrypoint.iter().cloned()).collect();
    let mut members = Map::new();
    let mut say = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    say("image", json!(spec.image));
    // The image is here, and with another one the settings would be lost.
    if matches!(service.pull_policy.as_deref(), Some("build" | "always")) {
        say("pull_policy", json!("missing"));
    }
    say("entrypoint", json!(entrypoint));
    say("command", json!(spec.command));
    say("labels", pairs(&spec.labels));
    let lists = [("cap_add", &spec.cap_add), ("security_opt", &spec.security_opt)];
    for (name, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
        say(name, json!(values));
    }
    for name in [("init", spec.init), ("privileged", spec.privileged)]
        .into_iter()
        .filter_map(|(name, is)| is.then_some(name))
    {
        say(name, json!(true));
    }
    if let Some(user) = &spec.user {
        say("user", json!(user));
    }
    if !spec.environment.is_empty() {
        say("environment", pairs(&spec.environment));
    }
    let volumes: Vec<Value> = spec.mounts.iter().map(|requested| volume(&requested.mount)).collect();
    if !volumes.is_empty() {
        say("volumes", json!(volumes));
    }
    if spec.gpus {
        let devices = json!([{"capabilities": ["gpu"]}]);
        say("deploy", json!({"resources": {"reservations": {"devices": devices}}}));
    }
    members
}

fn pairs(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>().into()
}

/// A mount in compose's long form.
fn volume(mount: &Mount) -> Value {
    let mut volume = Map::new();
    let mut say = |name: &str, value: Value| drop(volume.insert(name.to_owned(), value));
    say("type", json!(mount.kind.name()));
    if let Some(source) = &mount.source {
        say("source", json!(source));
    }
    say("target", json!(mount.target.as_deref().unwrap_or_default()));
    if mount.read_only {
        say("read_only", json!(true));
    }
    if let Some(consistency) = &mount.consistency {
        say("consistency", json!(consistency));
    }
    let options = options(mount);
    if !options.is_empty() {
        say(mount.kind.name(), Value::Object(options));
    }
    Value::Object(volume)
}

/// The options that belong to the kind of a mount.
fn options(mount: &Mount) -> Map<String, Value> {
    let options = match mount.kind {
        // The reference CLI's short form makes a folder that is not there.
        MountKind::Bind => {
            vec![
                ("create_host_path", Some(json!(true))),
                ("propagation", mount.bind_propagation.as_ref().map(|how| json!(how))),
            ]
        }
        MountKind::Volume => vec![
            ("nocopy", mount.volume.no_copy.then(|| json!(true))),
            ("subpath", mount.volume.subpath.as_ref().map(|path| json!(path))),
        ],
        MountKind::Tmpfs => vec![
            ("size", mount.tmpfs.size.map(|size| json!(size))),
            ("mode", mount.tmpfs.mode.map(|mode| json!(mode))),
        ],
        MountKind::Other(_) => Vec::new(),
    };
    options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Compose wants every volume declared. Its name gets the project's in front, unless the volume is external.
fn named_volumes(spec: &ContainerSpec) -> Map<String, Value> {
    let volumes = spec.mounts.iter().map(|requested| &requested.mount);
    let named = volumes.filter(|mount| mount.kind == MountKind::Volume);
    named.filter_map(|mount| Some((mount.source.clone()?, declaration(mount)))).collect()
}

fn declaration(mount: &Mount) -> Value {
    let options = &mount.volume;
    let mut declaration = Map::new();
    let mut say = |name: &str, value: Value| drop(declaration.insert(name.to_owned(), value));
    if mount.external {
        say("external", json!(true));
    }
    if let Some(driver) = &options.driver {
        say("driver", json!(driver));
    }
    if !options.driver_options.is_empty() {
        say("driver_opts", pairs(&options.driver_options));
    }
    if !options.labels.is_empty() {
        say("labels", pairs(&options.labels));
    }
    Value::Object(declaration)
}

fn lost(mount: &Mount) -> impl Iterator<Item = String> {
    let target = mount.target.clone().unwrap_or_default();
    mount.unknown.iter().map(move |(name, _)| format!("{name} of the mount at {target}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RequestedMount;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn check_command(service: Service, entrypoint: &[&str], command: &[&str]) {
        let own = own_command(&service, &words(&["image-entry"]), &words(&["image-command"]));
        assert_eq!((own.entrypoint, own.command), (words(entrypoint), words(command)));
    }

    #[test]
    fn an_entrypoint_of_the_service_hides_the_images_command() {
        let with_command = Service { command: Some(words(&["run"])), ..Service::default() };
        let with_entrypoint =
            |entrypoint: &[&str]| Service { entrypoint: Some(words(entrypoint)), ..Service::default() };
        check_command(Service::default(), &["image-entry"], &["image-command"]);
        check_command(with_command, &["image-entry"], &["run"]);
        check_command(with_entrypoint(&["own"]), &["own"], &[]);
        check_command(with_entrypoint(&[]), &[], &[]);
    }

    fn made(spec: &ContainerSpec) -> StartOverride {
        start_override("app", &Service::default(), spec)
    }

    #[test]
    fn everything_that_makes_the_container_is_in_the_file() {
        let spec = ContainerSpec {
            image: "shop-app".into(),
            labels: vec![("devcontainer.metadata".into(), r#"[{"remoteEnv":{"A":"${localEnv:B}"}}]"#.into())],
            environment: vec![("LINES".into(), "it's\ntwo \"lines\"".into())],
            user: Some("dev".into()),
            init: true,
            privileged: true,
            cap_add: words(&["SYS_PTRACE"]),
            security_opt: words(&["seccomp=unconfined"]),
            gpus: true,
            script: "exec \"$@\"".into(),
            entrypoint: words(&["serve"]),
            command: words(&["--port", "$PORT"]),
            ..ContainerSpec::default()
        };
        let file: Value = serde_json::from_str(&made(&spec).text).unwrap();
        let members = file["services"]["app"].as_object().unwrap();
        let lines: Vec<String> = members.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        image: "shop-app"
        entrypoint: ["/bin/sh","-c","exec \"$$@\"","-","serve"]
        command: ["--port","$$PORT"]
        labels: {"devcontainer.metadata":"[{\"remoteEnv\":{\"A\":\"$${localEnv:B}\"}}]"}
        cap_add: ["SYS_PTRACE"]
        security_opt: ["seccomp=unconfined"]
        init: true
        privileged: true
        user: "dev"
        environment: {"LINES":"it's\ntwo \"lines\""}
        deploy: {"resources":{"reservations":{"devices":[{"capabilities":["gpu"]}]}}}
        "#);
    }

    #[test]
    fn mounts_keep_their_options() {
        let mounts = [
            "type=bind,source=/a,target=/b,readonly,consistency=cached,bind-propagation=rslave",
            "type=volume,source=data,target=/data,volume-nocopy,volume-driver=local,volume-opt=type=nfs",
            "type=volume,target=/anonymous",
            "type=tmpfs,target=/tmp/x,tmpfs-size=64m,tmpfs-mode=1777",
            "type=volume,source=shared,target=/shared,external=true",
            "type=bind,source=/c,target=/d,bind-recursive=writable",
        ];
        let mounts = mounts.iter().map(|text| RequestedMount::parse(text)).collect();
        let made = made(&ContainerSpec { mounts, ..ContainerSpec::default() });
        let file: Value = serde_json::from_str(&made.text).unwrap();
        let volumes = file["services"]["app"]["volumes"].as_array().unwrap();
        let lines: Vec<String> = volumes.iter().map(Value::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"type":"bind","source":"/a","target":"/b","read_only":true,"consistency":"cached","bind":{"create_host_path":true,"propagation":"rslave"}}
        {"type":"volume","source":"data","target":"/data","volume":{"nocopy":true}}
        {"type":"volume","target":"/anonymous"}
        {"type":"tmpfs","target":"/tmp/x","tmpfs":{"size":67108864,"mode":1023}}
        {"type":"volume","source":"shared","target":"/shared"}
        {"type":"bind","source":"/c","target":"/d","bind":{"create_host_path":true}}
        "#);
        insta::assert_snapshot!(file["volumes"], @r#"{"data":{"driver":"local","driver_opts":{"type":"nfs"}},"shared":{"external":true}}"#);
        assert_eq!(made.lost, ["bind-recursive of the mount at /d"]);
    }
}
