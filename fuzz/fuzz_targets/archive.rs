//! Unpacks any bytes as the archive of a Feature, and packs again what was accepted.
#![no_main]

use std::path::{Component, Path};

use devc::archive::{Content, Package};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The reader wants the empty block that ends an archive, which is seldom found by chance.
    let ended = [bytes, &[0; 512]].concat();
    for bytes in [bytes, &ended] {
        let Ok(package) = Package::read(bytes) else { continue };
        for entry in package.entries() {
            let stays_inside = |part: Component<'_>| matches!(part, Component::Normal(_));
            assert!(Path::new(&entry.path).components().all(stays_inside), "{:?} leads out", entry.path);
            assert!(entry.mode <= 0o777);
            if matches!(entry.content, Content::File(_)) {
                assert!(package.file(&entry.path).is_some());
            }
        }
        // Written archives have two modes only, and no other difference.
        let written = package.to_tar();
        let again = Package::read(&written).expect("what was written can be read");
        let inside = |package: &Package| {
            let entries = package.entries().iter();
            entries.map(|entry| (entry.path.clone(), entry.content.clone())).collect::<Vec<_>>()
        };
        assert_eq!(inside(&again), inside(&package));
        assert_eq!(again.to_tar(), written, "writing is stable");
    }
});
