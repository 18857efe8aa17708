//! Features whose packages install faster: the image is the same in the end, and nobody else has a say in it.

use serde_json::json;

use crate::content::{assert_same, content};
use crate::docker::BASE;
use crate::features::write_feature;
use crate::run::Finished;
use crate::world::{World, scenario};

fn write_features(world: &World, features: &[(&str, &str)]) {
    for (name, install) in features {
        let metadata = json!({"id": name, "version": "1.0.0", "name": name});
        write_feature(world, &format!(".devcontainer/{name}"), &metadata, install);
    }
}

/// Builds the image anew, with these Features in this order.
fn build(world: &World, image: &str, base: &str, features: &[(&str, &str)], flags: &[&str]) -> Finished {
    write_features(world, features);
    let names: Vec<String> = features.iter().map(|(name, _)| format!("./{name}")).collect();
    let options: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), json!({}))).collect();
    world.config(json!({"image": base, "features": options, "overrideFeatureInstallOrder": names}));
    world.devc(&[&["build", "--no-cache", "--image-name", image], flags].concat()).succeeds()
}

/// Runs a script in a container as a step of a build runs it: each `fast` in it is one step with the cache of this build.
fn steps(world: &World, script: &str) -> String {
    let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates:/dev/features/shared:ro");
    let script = format!(
        "set -eu; cache=/dev/devc-apt/cache
         fast() {{ rm -rf /dev/devc-apt/scratch/*; /dev/features/shared/fast-apt.sh run sh -c \"$1\"; }}
         {script}"
    );
    let mounts = ["--tmpfs", "/dev/devc-apt/cache", "--tmpfs", "/dev/devc-apt/scratch", "-v", templates];
    let key = ["--add-host", "devc-apt-key:fd00::1"];
    world.docker.ask(&[&["run", "--rm"], &key[..], &mounts[..], &[BASE, "sh", "-c", &script]].concat())
}

/// How often package lists were fetched.
fn fetched_lists(text: &str) -> usize {
    text.lines()
        .filter(|line| line.starts_with("Get:") && line.contains("/main ") && line.contains("Packages"))
        .count()
}

#[test]
fn the_image_is_the_same_with_and_without() {
    scenario(|world| {
        let features = [
            ("tidy", "apt-get update; apt-get install -y zip bc; apt-get clean; rm -rf /var/lib/apt/lists/*"),
            (
                "untidy",
                "apt-config dump Dir::Bin::dpkg; apt-get update; apt-get install -y --no-install-recommends openssh-client",
            ),
            (
                "trusting",
                "apt-get install -y tree; echo 'APT::Color \"1\";' > /etc/apt/apt.conf; apt-config dump APT::Color",
            ),
        ];
        let names = ["fast", "plain"].map(|kind| format!("{}-{kind}", world.name));
        build(&world, &names[0], BASE, &features, &[]).says("fast-dpkg.pl").says("APT::Color \"1\"");
        build(&world, &names[1], BASE, &features, &["--no-optimize"]).does_not_say("fast-dpkg.pl");
        let [fast, plain] = names.map(|name| content(&world.docker, &name, &[]));
        assert!(fast.iter().any(|line| line.contains("/var/lib/apt/lists/") && line.contains("Packages")));
        assert_same(&fast, &plain);
    });
}

#[test]
fn lists_are_fetched_once_in_a_build_and_packages_once_for_all() {
    scenario(|world| {
        let install =
            "apt-get update && apt-get install -y tree; rm -rf /var/lib/apt/lists/*; dpkg --purge tree >&2";
        let once = fetched_lists(&steps(&world, &format!("fast '{install}'")));
        assert!(once > 0);
        let text = steps(&world, &format!("fast '{install}'; echo AGAIN; fast '{install}'"));
        assert_eq!(fetched_lists(&text), once, "{text}");
        let (first, again) = text.split_once("AGAIN").unwrap();
        let fetched = |text: &str| text.lines().filter(|line| line.starts_with("Fetched")).count();
        assert_eq!(
            (fetched(first), fetched(again)),
            (2, 1),
            "only what says whether lists have changed: {text}"
        );
    });
}

#[test]
fn what_another_build_left_in_the_cache_is_not_trusted() {
    scenario(|world| {
        // The lists of a build with another key, and packages of the same size and time: all that others can do.
        let text = steps(
            &world,
            "fast 'apt-get update && apt-get install -y tree'
             dpkg --purge tree; rm -rf /var/lib/apt/lists/*; touch mark; tar -cf $cache/lists.tar mark
             { cat $cache/lists.tar; echo guess; } | sha256sum > $cache/lists.seal
             for deb in $cache/packages/*.deb; do
               touch -r $deb time; head -c $(stat -c %s $deb) /dev/urandom > random; cat random > $deb; touch -r time $deb
             done
             fast 'apt-get update && apt-get install -y tree'; ls /var/lib/apt/lists; tree --version",
        );
        assert!(text.contains("tree v") && !text.contains("mark"), "{text}");
    });
}

#[test]
fn images_without_apt_or_perl_do_as_well() {
    scenario(|world| {
        let image = format!("{}-built", world.name);
        for (missing, install) in [
            ("apt-get", "case $APT_CONFIG in */devc-apt/*) exit 1 ;; esac"),
            ("perl", "apt-get update; apt-get install -y tree; tree --version"),
        ] {
            let base = format!("{}-base", world.name);
            world.docker.build(&base, &format!("FROM {BASE}\nRUN rm /usr/bin/{missing}"));
            build(&world, &image, &base, &[("work", install)], &[]).does_not_say("fast-dpkg.pl");
        }
    });
}
