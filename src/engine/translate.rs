//! A [`ContainerSpec`] as the API takes it.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, DeviceRequest, HostConfig, Mount as ApiMount, MountBindOptions,
    MountBindOptionsPropagationEnum, MountTmpfsOptions, MountType, MountVolumeOptions,
    MountVolumeOptionsDriverConfig, PortBinding,
};

use crate::config::{Mount, MountKind};
use crate::plan::ContainerSpec;

/// The body of the create request; `None` when the spec holds words that only the docker client understands.
pub(super) fn to_create_body(spec: &ContainerSpec) -> Option<ContainerCreateBody> {
    if !spec.run_args.is_empty() {
        return None;
    }
    let ports = spec.ports.iter().map(|port| parse_port(port)).collect::<Option<Vec<_>>>()?;
    let mounts =
        spec.mounts.iter().map(|requested| to_mount(&requested.mount)).collect::<Option<Vec<_>>>()?;
    let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for (container_port, binding) in &ports {
        let of_port = bindings.entry(container_port.clone()).or_default();
        of_port.get_or_insert_default().push(binding.clone());
    }
    let list = |values: &[String]| Some(values.to_vec()).filter(|values| !values.is_empty());
    Some(ContainerCreateBody {
        image: Some(spec.image.clone()),
        labels: Some(spec.labels.iter().cloned().collect()),
        env: Some(spec.environment.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        user: spec.user.clone(),
        entrypoint: Some(vec!["/bin/sh".to_owned()]),
        cmd: Some(main_process(spec)),
        exposed_ports: Some(ports.iter().map(|(port, _)| port.clone()).collect()),
        host_config: Some(HostConfig {
            mounts: Some(mounts),
            port_bindings: Some(bindings),
            init: spec.init.then_some(true),
            privileged: Some(spec.privileged),
            cap_add: list(&spec.cap_add),
            security_opt: list(&spec.security_opt),
            device_requests: spec.gpus.then(|| vec![all_gpus()]),
            ..Default::default()
        }),
        ..Default::default()
    })
}

/// The arguments of `/bin/sh`, which is the entrypoint.
pub(super) fn main_process(spec: &ContainerSpec) -> Vec<String> {
    let fixed = ["-c", &spec.script, "-"].map(str::to_owned);
    fixed.into_iter().chain(spec.entrypoint.iter().chain(&spec.command).cloned()).collect()
}

/// What the docker client sends for `--gpus all`.
fn all_gpus() -> DeviceRequest {
    DeviceRequest { count: Some(-1), capabilities: Some(vec![vec!["gpu".to_owned()]]), ..Default::default() }
}

/// `[[address:]port:]port[/protocol]`; ranges and IPv6 addresses are left to the client.
fn parse_port(text: &str) -> Option<(String, PortBinding)> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let parts: Vec<&str> = ports.split(':').collect();
    let (address, host, container) = match parts[..] {
        [container] => (None, "", container),
        [host, container] => (None, host, container),
        [address, host, container] => (Some(address), host, container),
        _ => return None,
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok();
    if !is_port(container) || !(host.is_empty() || is_port(host)) {
        return None;
    }
    let binding = PortBinding { host_ip: address.map(str::to_owned), host_port: Some(host.to_owned()) };
    Some((format!("{container}/{protocol}"), binding))
}

fn to_mount(mount: &Mount) -> Option<ApiMount> {
    if !mount.is_understood() {
        return None;
    }
    let propagation = match mount.bind_propagation.as_deref() {
        None => None,
        Some(text) => Some(text.parse::<MountBindOptionsPropagationEnum>().ok()?),
    };
    let typ = match mount.kind {
        MountKind::Bind => MountType::BIND,
        MountKind::Volume => MountType::VOLUME,
        MountKind::Tmpfs => MountType::TMPFS,
        MountKind::Other(_) => return None,
    };
    Some(ApiMount {
        typ: Some(typ),
        source: mount.source.clone(),
        target: mount.target.clone(),
        read_only: mount.read_only.then_some(true),
        consistency: mount.consistency.clone(),
        bind_options: propagation
            .map(|propagation| MountBindOptions { propagation: Some(propagation), ..Default::default() }),
        volume_options: volume_options(mount),
        tmpfs_options: (mount.kind == MountKind::Tmpfs).then(|| MountTmpfsOptions {
            size_bytes: mount.tmpfs.size.map(u64::cast_signed),
            mode: mount.tmpfs.mode.map(i64::from),
            ..Default::default()
        }),
        ..Default::default()
    })
}

fn volume_options(mount: &Mount) -> Option<MountVolumeOptions> {
    let options = &mount.volume;
    if mount.kind != MountKind::Volume || *options == Default::default() {
        return None;
    }
    let driver_config = options.driver.as_ref().map(|driver| MountVolumeOptionsDriverConfig {
        name: Some(driver.clone()),
        options: Some(options.driver_options.iter().cloned().collect()),
    });
    Some(MountVolumeOptions {
        no_copy: options.no_copy.then_some(true),
        labels: Some(options.labels.iter().cloned().collect()),
        driver_config,
        subpath: options.subpath.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RequestedMount;

    fn check(port: &str, expected: Option<(&str, Option<&str>, &str)>) {
        let parsed = parse_port(port);
        let seen = parsed.as_ref().map(|(container, binding)| {
            (container.as_str(), binding.host_ip.as_deref(), binding.host_port.as_deref().unwrap())
        });
        assert_eq!(seen, expected, "{port}");
    }

    #[test]
    fn ports_are_read_as_the_docker_client_reads_them() {
        check("127.0.0.1:8080:80", Some(("80/tcp", Some("127.0.0.1"), "8080")));
        check("8080:80/udp", Some(("80/udp", None, "8080")));
        check("80", Some(("80/tcp", None, "")));
        check("127.0.0.1::80", Some(("80/tcp", Some("127.0.0.1"), "")));
    }

    #[test]
    fn what_only_the_client_understands_is_left_to_it() {
        check("8000-8010:8000-8010", None);
        check("[::1]:80:80", None);
        let spec =
            |mount: &str| ContainerSpec { mounts: vec![RequestedMount::parse(mount)], ..Default::default() };
        assert!(to_create_body(&spec("type=bind,source=/a,target=/b,bind-recursive=writable")).is_none());
        assert!(to_create_body(&spec("type=bind,source=/a,target=/b,readonly")).is_some());
        let with_words = ContainerSpec { run_args: vec!["--network=host".into()], ..Default::default() };
        assert!(to_create_body(&with_words).is_none());
    }
}
