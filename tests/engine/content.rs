//! What is in an image, file by file.

use crate::docker::Docker;

/// Everything in an image: kind, mode, owner, links, size, path, target; and what is in each file. Folders have no size.
const LISTING: &str = r"
kept() { find / -xdev \( -path /proc -o -path /sys -o -path /dev \) -prune -o \( $1 \) -exec stat -c '%f %u:%g %h %N' {} +; }
kept '-type d' | sed 's/^\([^ ]* [^ ]*\) [^ ]*/\1/'
kept '-type l'
find / -xdev \( -path /proc -o -path /sys -o -path /dev \) -prune -o -type f -exec stat -c '%f %u:%g %h %s %n' {} + -exec sha256sum {} +
";

/// What may differ: logs, apt's cache, what the loader's cache knows of times, and what the engine writes into containers.
const LOGS_AND_CACHES: [&str; 6] = [
    "/var/log/",
    "/var/cache/apt/archives/",
    "/var/cache/ldconfig/",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
];

/// What is in an image, but for what may differ between two builds and for what lies below `caches`.
#[track_caller]
pub fn content(docker: &Docker, image: &str, caches: &[&str]) -> Vec<String> {
    let listing = docker.ask(&["run", "--rm", image, "sh", "-c", LISTING]);
    let is_lasting = |line: &&str| !LOGS_AND_CACHES.iter().chain(caches).any(|path| line.contains(path));
    let mut lines: Vec<String> = listing.lines().filter(is_lasting).map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Fails with the difference, which may be long, unless both are the same.
#[track_caller]
pub fn assert_same(one: &[String], other: &[String]) {
    let only = |these: &[String], others: &[String]| {
        these.iter().filter(|line| others.binary_search(line).is_err()).cloned().collect::<Vec<_>>()
    };
    assert!(one == other, "one has: {:#?}\nthe other: {:#?}", only(one, other), only(other, one));
}
