use serde_json::{from_str, json};

use super::*;
use crate::config::Map;
use crate::config::hook::{Hook, HookCommand};
use crate::config::merge::merge;
use crate::config::metadata::config_entry;

fn config(text: &str) -> Config {
    Config::from_map(&from_str(text).unwrap())
}

fn check_kind(text: &str, expected: &str) {
    assert_eq!(format!("{:?}", config(text).kind), expected);
}

#[test]
fn a_dockerfile_comes_before_an_image_and_an_image_before_compose() {
    let build = |dockerfile: &str, context: &str| {
        format!(
            "Dockerfile(Build {{ dockerfile: \"{dockerfile}\", context: {context}, args: [], target: None, \
             cache_from: [], options: [] }})"
        )
    };
    check_kind(r#"{"image":"x","build":{"dockerfile":"D"}}"#, &build("D", "None"));
    check_kind(r#"{"dockerFile":"D","context":"..","build":{"context":"no"}}"#, &build("D", "Some(\"..\")"));
    check_kind(r#"{"image":"x","build":{"target":"t"},"dockerComposeFile":"c.yml"}"#, "Image(\"x\")");
    check_kind(
        r#"{"dockerComposeFile":"c.yml","service":"app"}"#,
        "Compose(Compose { files: [\"c.yml\"], service: Some(\"app\"), run_services: None })",
    );
    check_kind(r#"{"name":"x"}"#, "None");
}

#[test]
fn build_options_are_read_in_file_order() {
    let config = config(
        r#"{"build":{"dockerfile":"D","args":{"Z":"1","A":2},"target":"t","cacheFrom":"c","options":["--x"]}}"#,
    );
    let Kind::Dockerfile(build) = config.kind else { panic!("not a Dockerfile") };
    assert_eq!(build.args, [("Z".to_owned(), "1".to_owned()), ("A".to_owned(), "2".to_owned())]);
    assert_eq!(
        (build.target, build.cache_from, build.options),
        (Some("t".to_owned()), vec!["c".to_owned()], vec!["--x".to_owned()])
    );
}

#[test]
fn an_empty_workspace_mount_is_not_an_absent_one() {
    assert_eq!(config(r#"{"workspaceMount":""}"#).workspace_mount, Some(String::new()));
    assert_eq!(config("{}").workspace_mount, None);
}

#[test]
fn bare_ports_are_published_on_this_machine_only() {
    assert_eq!(config(r#"{"appPort":8080}"#).app_ports, ["127.0.0.1:8080:8080"]);
    assert_eq!(config(r#"{"appPort":["8080:80", 90]}"#).app_ports, ["8080:80", "127.0.0.1:90:90"]);
    assert_eq!(config(r#"{"appPort":null}"#).app_ports, [""; 0]);
}

fn settings(text: &str) -> Settings {
    let raw: Map = from_str(text).unwrap();
    Settings::from_map(&merge(&raw, &[config_entry(&raw)]))
}

#[test]
fn settings_of_an_empty_config_ask_for_nothing() {
    let settings = settings("{}");
    assert!(!settings.init && !settings.privileged && settings.mounts.is_empty());
    assert_eq!(settings.wait_for, WaitFor(Hook::UpdateContent));
    assert_eq!(settings.host_requirements, HostRequirements::default());
    assert!(Hook::IN_CONTAINER.iter().all(|hook| settings.hook(*hook).is_empty()));
}

#[test]
fn a_null_in_the_remote_environment_unsets() {
    let settings = settings(r#"{"remoteEnv":{"B":"1","A":null,"C":""},"containerEnv":{"N":8080}}"#);
    let expected = [("B", Some("1")), ("A", None), ("C", Some(""))];
    let seen: Vec<_> =
        settings.remote_env.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
    assert_eq!(seen, expected);
    assert_eq!(settings.container_env, [("N".to_owned(), "8080".to_owned())]);
}

#[test]
fn mounts_keep_their_text_and_have_a_meaning() {
    let settings = settings(
        r#"{"mounts":["src=v,dst=/v,type=volume",{"type":"bind","source":"/a","target":"/b","readonly":true},7]}"#,
    );
    let texts: Vec<&str> = settings.mounts.iter().map(|mount| mount.text.as_str()).collect();
    assert_eq!(texts, ["src=v,dst=/v,type=volume", "type=bind,source=/a,target=/b,readonly=true"]);
    assert!(settings.mounts[1].mount.read_only);
}

#[test]
fn words_become_values() {
    let settings = settings(
        r#"{"waitFor":"postStartCommand","userEnvProbe":"none","shutdownAction":"stopCompose","overrideCommand":false,
            "updateRemoteUserUID":true,"remoteUser":"r","containerUser":"c","forwardPorts":[3000,"db:1"],
            "postCreateCommand":{"a":"b"}}"#,
    );
    assert_eq!(settings.wait_for, WaitFor(Hook::PostStart));
    assert_eq!(settings.user_env_probe, Some(UserEnvProbe::None));
    assert_eq!(settings.shutdown_action, Some(ShutdownAction::StopCompose));
    assert_eq!((settings.override_command, settings.update_remote_user_uid), (Some(false), Some(true)));
    assert_eq!(settings.forward_ports, ["3000", "db:1"]);
    let parallel = HookCommand::Parallel(vec![("a".to_owned(), HookCommand::Shell("b".to_owned()))]);
    assert_eq!(settings.hook(Hook::PostCreate), [parallel]);
}

#[test]
fn host_requirements_become_numbers() {
    let gpu =
        |gpu: &str| settings(&format!(r#"{{"hostRequirements":{{"gpu":{gpu}}}}}"#)).host_requirements.gpu;
    assert_eq!(gpu("true"), Gpu::Required { cores: 0, memory: 0 });
    assert_eq!(gpu("\"optional\""), Gpu::Optional);
    assert_eq!(gpu(r#"{"cores":2,"memory":"1kb"}"#), Gpu::Required { cores: 2, memory: 1024 });
    assert_eq!(gpu("false"), Gpu::No);
    let all = settings(r#"{"hostRequirements":{"cpus":4,"memory":"8gb","storage":"1tb"}}"#).host_requirements;
    assert_eq!((all.cpus, all.memory, all.storage), (4, 8 << 30, 1 << 40));
}

#[test]
fn wrong_types_count_as_absent() {
    let raw =
        json!({"init": "x", "capAdd": 1, "mounts": {}, "remoteEnv": [], "waitFor": 3, "hostRequirements": 1});
    let settings = Settings::from_map(raw.as_object().unwrap());
    assert!(!settings.init && settings.cap_add.is_empty() && settings.remote_env.is_empty());
}
