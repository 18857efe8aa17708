//! Reads any bytes as the manifest that a registry sends.
#![no_main]

use devc::registry::{Artifact, Digest, Manifest, Reference};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(manifest) = Manifest::parse(bytes.to_vec()) else { return };
    assert_eq!(manifest.digest, Digest::of(bytes), "a manifest is known by its bytes");
    let reference = Reference::parse("registry.example/a/b:1").expect("a reference");
    if let Ok(artifact) = Artifact::of(&reference, &manifest) {
        let _ = (artifact.metadata(), artifact.media_type());
        let again = Manifest::parse(artifact.manifest.to_bytes()).expect("what was read can be read again");
        assert_eq!(again.image(), Some(&artifact.manifest));
    }
});
