//! The docker client, for what the API does not serve: `runArgs` are its own words.

use std::process::Stdio;

use tokio::process::Command;

use crate::engine::{Engine, failure, translate};
use crate::error::{Error, ErrorKind, Result};
use crate::name::ContainerId;
use crate::plan::ContainerSpec;

/// Creates a container with `docker create`.
///
/// Values of variables travel in the client's environment and not in its argument list, where every user of this
/// machine could read them.
pub(super) async fn create(engine: &Engine, spec: &ContainerSpec) -> Result<ContainerId> {
    let output = Command::new(engine.docker_path())
        .args(arguments(spec))
        .envs(spec.environment.iter().map(|(name, value)| (name, value)))
        .env("DOCKER_HOST", &engine.endpoint().address)
        .env_remove("DOCKER_CONTEXT")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| missing_client(engine).because(error))?;
    if output.status.success() {
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        return Ok(ContainerId::new(id));
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let failed =
        Error::new(ErrorKind::Engine, format!("could not create a container from image {}", spec.image));
    Err(failure::with_disk_hint(failed, &message)
        .because(message)
        .hint("Check \"runArgs\", \"mounts\" and \"appPort\" in devcontainer.json: they are given to `docker create`."))
}

fn missing_client(engine: &Engine) -> Error {
    Error::new(ErrorKind::Host, format!("could not run the docker client {:?}", engine.docker_path())).hint(
        "\"runArgs\" in devcontainer.json needs the docker client: install it, or name it with --docker-path.",
    )
}

/// The words after `docker`, in the order in which the reference CLI gives them to `docker run`: the client's own
/// last-one-wins rules then yield the same container.
fn arguments(spec: &ContainerSpec) -> Vec<String> {
    let mut words = vec!["create".to_owned()];
    let mut option = |name: &str, values: &mut dyn Iterator<Item = String>| {
        words.extend(values.flat_map(|value| [name.to_owned(), value]));
    };
    option("-p", &mut spec.ports.iter().cloned());
    option("--mount", &mut spec.mounts.iter().map(|requested| requested.text.clone()));
    option("-l", &mut spec.labels.iter().map(|(name, value)| format!("{name}={value}")));
    option("-e", &mut spec.environment.iter().map(|(name, _)| name.clone()));
    option("-u", &mut spec.user.iter().cloned());
    words.extend(spec.run_args.iter().cloned());
    words.extend(spec.gpus.then(|| ["--gpus", "all"].map(str::to_owned)).into_iter().flatten());
    words.extend(spec.init.then(|| "--init".to_owned()));
    words.extend(spec.privileged.then(|| "--privileged".to_owned()));
    words.extend(spec.cap_add.iter().flat_map(|value| ["--cap-add".to_owned(), value.clone()]));
    words.extend(spec.security_opt.iter().flat_map(|value| ["--security-opt".to_owned(), value.clone()]));
    words.extend(["--entrypoint", "/bin/sh", &spec.image].map(str::to_owned));
    words.extend(translate::main_process(spec));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_variables_stay_out_of_the_argument_list() {
        let spec = ContainerSpec {
            image: "base".into(),
            environment: vec![("TOKEN".into(), "hunter2".into())],
            labels: vec![("a".into(), "b=c".into())],
            run_args: vec!["--hostname".into(), "box".into()],
            init: true,
            script: "run".into(),
            command: vec!["server".into()],
            ..Default::default()
        };
        insta::assert_snapshot!(arguments(&spec).join(" "), @"create -l a=b=c -e TOKEN --hostname box --init --entrypoint /bin/sh base -c run - server");
    }
}
