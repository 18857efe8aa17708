//! Features from a registry: what is fetched, what the lockfile holds, and what is said when it goes wrong.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::client;
use crate::docker::BASE;
use crate::features::write_feature;
use crate::mock::{Mock, Reply};
use crate::server::{AUTHORITY, PASSWORD, Server, Setup, USER};
use crate::wait::eventually;
use crate::world::{World, scenario};

const LOCKFILE: &str = ".devcontainer/devcontainer-lock.json";

/// Publishes the Features in `collection` of the workspace.
#[track_caller]
fn publish(world: &World, server: &Server) {
    world
        .devc(&["features", "publish", "collection", "-r", &server.host(), "-n", "team/features"])
        .succeeds();
}

/// Writes a Feature of the collection that adds its name and option to `/order`.
fn write(world: &World, id: &str, version: &str, more: &Value) {
    let mut metadata = json!({
        "id": id, "version": version, "name": id,
        "options": {"word": {"type": "string", "default": "plain"}},
    });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    write_feature(
        world,
        &format!("collection/{id}"),
        &metadata,
        &format!("echo \"{id} {version} $WORD\" >> /order"),
    );
}

fn use_features(world: &World, features: &Value) {
    world.config(json!({"image": BASE, "features": features}));
}

#[test]
fn dependencies_come_first_and_the_rest_in_its_order() {
    scenario(|world| {
        let server = Server::start(Setup::Open);
        let id = |rest: &str| format!("{}/team/features/{rest}", server.host());
        write(&world, "base", "1.0.0", &json!({"postCreateCommand": "echo base >> order"}));
        write(&world, "app", "1.2.0", &json!({"dependsOn": {id("base:1"): {"word": "for app"}}}));
        write(&world, "aside", "2.0.0", &json!({"installsAfter": [id("app")]}));
        publish(&world, &server);
        use_features(&world, &json!({id("aside"): {}, id("app:1.2"): "text", "./local": {}}));
        let local = json!({"id": "local", "version": "1.0.0", "installsAfter": [id("aside")]});
        write_feature(&world, ".devcontainer/local", &local, "echo local >> /order");
        let container = world.up();
        let order = "base 1.0.0 for app\napp 1.2.0 plain\naside 2.0.0 plain\nlocal";
        assert_eq!(container.read("/order").unwrap(), order);
        assert_eq!(world.take_order(), ["base"]);

        let lockfile: Value = serde_json::from_str(&world.read(LOCKFILE).unwrap()).unwrap();
        let locked = lockfile["features"].as_object().unwrap();
        assert_eq!(locked.keys().collect::<Vec<_>>(), [&id("app:1.2"), &id("aside"), &id("base:1")]);
        let app = &locked[&id("app:1.2")];
        assert_eq!(app["version"], "1.2.0");
        assert_eq!(app["dependsOn"], json!([id("base:1")]));
        assert_eq!(app["resolved"], format!("{}@{}", id("app"), app["integrity"].as_str().unwrap()));
    });
}

#[test]
fn what_is_locked_and_cached_needs_no_registry() {
    scenario(|world| {
        let server = Server::start(Setup::Open);
        write(&world, "tool", "1.0.0", &json!({}));
        publish(&world, &server);
        use_features(&world, &json!({format!("{}/team/features/tool:1", server.host()): {}}));
        let first = world.up();
        let lockfile = world.read(LOCKFILE).unwrap();
        drop(server);
        world.devc(&["up"]).succeeds().does_not_say("Features");
        assert_eq!(world.container().id, first.id);
        let second = world.up_with(&["--remove-existing-container", "--frozen-lockfile", "--offline"]);
        assert_eq!(second.read("/order").unwrap(), "tool 1.0.0 plain");
        assert_eq!(world.read(LOCKFILE).unwrap(), lockfile);
        fs::remove_file(world.workspace().join(LOCKFILE)).unwrap();
        world.up_with(&["--remove-existing-container", "--offline"]);
        assert_eq!(world.read(LOCKFILE).unwrap(), lockfile, "what a tag meant is remembered too");
    });
}

#[test]
fn the_lockfile_keeps_the_version_until_it_is_not_wanted() {
    scenario(|world| {
        let server = Server::start(Setup::Open);
        let id = format!("{}/team/features/tool:1", server.host());
        use_features(&world, &json!({id.as_str(): {}}));
        write(&world, "tool", "1.0.0", &json!({}));
        publish(&world, &server);
        world.devc(&["build", "--frozen-lockfile"]).fails().says("Lockfile does not exist.");
        assert!(world.images().is_empty(), "nothing is built before the lockfile fits");
        world.devc(&["build"]).succeeds();
        let locked = world.read(LOCKFILE).unwrap();
        write(&world, "tool", "1.1.0", &json!({}));
        publish(&world, &server);

        assert_eq!(world.up().read("/order").unwrap(), "tool 1.0.0 plain");
        let without = world.up_with(&["--remove-existing-container", "--no-lockfile"]);
        assert_eq!(without.read("/order").unwrap(), "tool 1.1.0 plain");
        assert_eq!(world.read(LOCKFILE).unwrap(), locked);

        world.write(LOCKFILE, &locked.replace("1.0.0", "0.9.0"));
        world.devc(&["build", "--frozen-lockfile"]).fails().says("Lockfile does not match.");
        world.write(LOCKFILE, "{");
        world.devc(&["build"]).fails().says("devcontainer-lock.json cannot be read");
        world.write(LOCKFILE, "");
        world.devc(&["build"]).succeeds();
        assert!(world.read(LOCKFILE).unwrap().contains("\"version\": \"1.1.0\""));
        world.devc(&["build", "--no-lockfile", "--frozen-lockfile"]).exits(1);
    });
}

#[test]
fn a_registry_with_a_password_is_asked_with_the_users_login() {
    scenario(|mut world| {
        let server = Server::start(Setup::Password);
        world.set("DEVCONTAINERS_OCI_AUTH", format!("{}|{USER}|{PASSWORD}", server.host()));
        write(&world, "tool", "1.0.0", &json!({}));
        publish(&world, &server);
        use_features(&world, &json!({format!("{}/team/features/tool", server.host()): {}}));
        assert_eq!(world.up().read("/order").unwrap(), "tool 1.0.0 plain");
        assert!(!world.log().contains(PASSWORD));
        world.set("DEVCONTAINERS_OCI_AUTH", "");
        fs::remove_dir_all(world.home().join(".cache")).unwrap();
        world.advise(&json!({}));
        let refused = world.devc(&["up", "--remove-existing-container"]).fails();
        refused.says("/team/features/tool' cannot be used").says("401").says("docker login");
        assert_eq!(world.containers().len(), 1, "the old container is still there");
    });
}

/// Runs `up`, which has to fail with these texts and leave nothing behind.
#[track_caller]
fn check_refusal(world: &World, id: &str, texts: &[&str]) {
    use_features(world, &json!({id: {}}));
    let run = world.devc(&["up"]).fails().says(&format!("The Feature '{id}' cannot be used"));
    for text in texts {
        assert!(run.stderr.contains(text), "{text:?} is missing\n{run}");
    }
    assert!(world.containers().is_empty() && world.images().is_empty());
    assert!(!world.has(LOCKFILE));
}

#[test]
fn what_is_not_in_the_registry_is_named() {
    scenario(|world| {
        let server = Server::start(Setup::Open);
        let host = server.host();
        write(&world, "tool", "1.0.0", &json!({"dependsOn": {format!("{host}/team/features/gone:3"): {}}}));
        publish(&world, &server);
        check_refusal(&world, &format!("{host}/team/features/absent:1"), &["404", "typing mistake"]);
        use_features(&world, &json!({format!("{host}/team/features/tool:1"): {}}));
        world
            .devc(&["up"])
            .fails()
            .says(&format!("The Feature '{host}/team/features/gone:3' cannot be used"));
        drop(server);
        check_refusal(&world, &format!("{host}/team/features/other:1"), &["could not be reached"]);
    });
}

#[test]
fn refusals_of_a_registry_are_told_with_what_helps() {
    scenario(|world| {
        for (status, texts) in [
            (401, ["401", "docker login"]),
            (403, ["403", "docker login"]),
            (404, ["404", "typing mistake"]),
            (429, ["429", "limits how often"]),
            (500, ["500", "problem of its own"]),
        ] {
            let mock = Mock::start(move |_, _| Reply::new(status, ""));
            check_refusal(&world, &format!("{}/team/features/tool:1", mock.host()), &texts);
        }
    });
}

/// The file in which a registry keeps the one archive that was published there.
fn archive_of(server: &Server) -> PathBuf {
    let blobs = server.folder().join("data/docker/registry/v2/blobs/sha256");
    let folders =
        fs::read_dir(blobs).unwrap().flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    let mut files = folders.map(|folder| folder.unwrap().path().join("data"));
    files.find(|file| String::from_utf8_lossy(&fs::read(file).unwrap()).contains("install.sh\0")).unwrap()
}

#[test]
fn a_package_that_changed_on_the_way_is_refused_and_not_kept() {
    scenario(|world| {
        let server = Server::start(Setup::Open);
        write(&world, "tool", "1.0.0", &json!({}));
        publish(&world, &server);
        let id = format!("{}/team/features/tool:1", server.host());
        let archive = archive_of(&server);
        let whole = fs::read(&archive).unwrap();
        let mut damaged = whole.clone();
        damaged[600] ^= 1;
        fs::write(&archive, &damaged).unwrap();
        check_refusal(&world, &id, &["the digest did not match", "Nothing of it was kept"]);
        let digest = archive.parent().unwrap().file_name().unwrap();
        assert!(!world.home().join(".cache/devc/blobs/sha256").join(digest).exists());
        fs::write(&archive, &whole).unwrap();
        assert_eq!(world.up().read("/order").unwrap(), "tool 1.0.0 plain");
    });
}

#[test]
fn packages_that_are_cut_off_or_lead_out_are_refused() {
    scenario(|world| {
        let server = Server::start(Setup::Open);
        write(&world, "tool", "1.0.0", &json!({}));
        world.write("evil", "x");
        world.host(&[
            "tar",
            "-C",
            "collection/tool",
            "-P",
            "-cf",
            "escaping.tar",
            "install.sh",
            "../../evil",
        ]);
        world.host(&["tar", "-C", "collection/tool", "-cf", "whole.tar", "."]);
        world.host(&["sh", "-c", "head -c 700 whole.tar > cut.tar; mkdir none; tar -C none -cf empty.tar ."]);
        for (name, texts) in [
            ("escaping", ["'../../evil' leads out of it", "an archive cannot be used"]),
            ("cut", ["its end is missing", "an archive cannot be used"]),
            ("empty", ["has no devcontainer-feature.json", "no Feature"]),
        ] {
            let archive = fs::read(world.workspace().join(format!("{name}.tar"))).unwrap();
            let reference = client::reference(&server.host(), &format!("team/{name}:1"));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(client::publish(&client::Home::new().client(), &reference, &archive));
            check_refusal(&world, &reference.to_string(), &texts);
        }
        assert!(!world.outside("tmp/evil").exists() && !world.outside("evil").exists());
    });
}

#[test]
fn an_image_in_the_place_of_a_feature_is_refused() {
    scenario(|world| {
        let server = Server::start(Setup::Open);
        let image = format!("{}/{}/image:1", server.host(), world.name);
        world.docker.ask(&["tag", BASE, &image]);
        world.docker.ask(&["push", "-q", &image]);
        world.docker.ask(&["rmi", &image]);
        check_refusal(&world, &image, &["is neither a Feature nor a Template"]);
    });
}

#[test]
fn what_is_known_against_features_is_told_or_forbids_them() {
    scenario(|world| {
        let server = Server::start(Setup::Open);
        write(&world, "tool", "1.0.5", &json!({}));
        publish(&world, &server);
        let resource = format!("{}/team/features/tool", server.host());
        use_features(&world, &json!({format!("{resource}:1"): {}}));
        let fault = json!({"featureId": resource, "introducedInVersion": "1.0.0", "fixedInVersion": "1.1.0",
            "description": "it leaks"});
        world.advise(&json!({"featureAdvisories": [fault]}));
        world.devc(&["build"]).succeeds().says("1.0.5: it leaks");
        let rule = json!({"featureIdPrefix": resource, "documentationURL": "https://example.org/why"});
        world.advise(&json!({"disallowedFeatures": [rule]}));
        let refused = world.devc(&["up"]).fails().says("was reported to be problematic").json();
        assert_eq!(refused["disallowedFeatureId"], format!("{resource}:1"));
        assert_eq!(refused["didStopContainer"], false);
        assert_eq!(refused["learnMoreUrl"], "https://example.org/why");
        assert!(world.containers().is_empty());
    });
}

/// A server of files over TLS, which ends with the test.
struct FileServer(Child);

impl FileServer {
    /// Serves `folder` at a free port, with the certificate of a registry of the tests.
    fn start(folder: &Path, certificate: &Server) -> (Self, String) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = |name: &str| certificate.folder().join(name);
        let mut command = Command::new("openssl");
        command.args(["s_server", "-WWW", "-quiet", "-accept", &port.to_string()]);
        command.arg("-cert").arg(file("server.crt")).arg("-key").arg(file("server.key"));
        let process = command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        eventually("the files are served", || TcpStream::connect(("127.0.0.1", port)).ok());
        (Self(process), format!("https://localhost:{port}"))
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_archive_at_an_address_is_installed_and_locked() {
    scenario(|mut world| {
        let certificate = Server::start(Setup::Tls);
        world.set("SSL_CERT_FILE", certificate.folder().join(AUTHORITY));
        write(&world, "tool", "1.0.0", &json!({}));
        let archive = "files/devcontainer-feature-tool.tgz";
        world.host(&["mkdir", "files"]);
        world.host(&["tar", "-C", "collection/tool", "-czf", archive, "."]);
        let (server, address) = FileServer::start(&world.workspace().join("files"), &certificate);
        let url = format!("{address}/devcontainer-feature-tool.tgz");
        use_features(&world, &json!({url.as_str(): {"word": "from afar"}}));
        assert_eq!(world.up().read("/order").unwrap(), "tool 1.0.0 from afar");
        let lockfile: Value = serde_json::from_str(&world.read(LOCKFILE).unwrap()).unwrap();
        let locked = &lockfile["features"][&url];
        assert_eq!(locked["resolved"], url);
        let digest = world.host(&["sha256sum", archive]);
        assert_eq!(locked["integrity"], format!("sha256:{}", digest.split(' ').next().unwrap()));

        world.write("collection/tool/more", "");
        world.host(&["tar", "-C", "collection/tool", "-czf", archive, "."]);
        fs::remove_dir_all(world.home().join(".cache/devc/blobs")).unwrap();
        let run = world.devc(&["build", "--frozen-lockfile"]).fails();
        run.says(&format!("The Feature '{url}' cannot be used")).says("digest did not match");
        drop(server);
    });
}
