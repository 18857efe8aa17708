//! Archives for tests.

/// Bytes that no compression makes shorter, the same for the same seed.
pub(super) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

/// An archive of files with these contents.
pub(super) fn archive(contents: &[Vec<u8>]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (number, content) in contents.iter().enumerate() {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        archive.append_data(&mut header, number.to_string(), &content[..]).unwrap();
    }
    archive.into_inner().unwrap()
}
