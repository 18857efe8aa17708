//! Contents on this machine, named by their digests. Several processes may use the same folder at once.
//!
//! ```text
//! <cache folder>/blobs/sha256/<hex>   a content; swept when it was not used for two months
//! <cache folder>/blobs/partial/       contents on their way; swept after a day
//! <cache folder>/tags/<hex>           the digest that a tag meant when it was last asked for
//! <cache folder>/addresses/<hex>      the digest of what was at an address, and its server's mark for it (`ETag`)
//! ```
//!
//! A content appears under its name in one step and is checked each time it is read, so no lock is needed, and a
//! damaged file counts as a missing one. A folder that cannot be written means no cache rather than a failure.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;
use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::host::files;
use crate::registry::digest::Hasher;
use crate::registry::failure::Failure;
use crate::registry::{Digest, Reference};

/// No download takes longer.
const PARTIAL_LIFETIME: Duration = Duration::from_hours(24);

/// What nobody has wanted for this long is not worth its place: a pulled volume may be gigabytes.
const UNUSED_LIFETIME: Duration = Duration::from_hours(24 * 60);

/// How exactly it is known when a content was used last.
const USE_KNOWN_TO: Duration = Duration::from_hours(24);

/// The cache folder.
#[derive(Clone)]
pub struct Cache {
    folder: PathBuf,
    swept: Arc<Once>,
}

/// A content that was found to be what its digest says.
#[derive(Debug)]
pub struct Blob {
    file: File,
    digest: Digest,
    size: u64,
}

impl Blob {
    /// Its digest.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The file, at its beginning. It stays readable when the cache is cleared meanwhile.
    pub fn into_file(self) -> File {
        self.file
    }

    /// All of it, for contents that are known to be small.
    pub fn read(mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or_default());
        self.file.read_to_end(&mut bytes).map_err(|error| {
            Error::new(ErrorKind::Host, format!("could not read {}", self.digest)).because(error)
        })?;
        Ok(bytes)
    }
}

impl Cache {
    /// Uses a folder, which is made when the first content arrives.
    pub fn new(cache_dir: &Path) -> Self {
        Self { folder: cache_dir.to_owned(), swept: Arc::new(Once::new()) }
    }

    /// Where a content is kept, whether it is there or not.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join("blobs/sha256").join(digest.hex())
    }

    /// A content, if it is here and undamaged.
    pub fn find(&self, digest: &Digest) -> Option<Blob> {
        let mut file = File::open(self.path(digest)).ok()?;
        let metadata = file.metadata().ok()?;
        let size = metadata.len();
        let is_intact = Digest::of_reader(&mut file).ok()? == *digest;
        file.rewind().ok()?;
        if metadata.modified().is_ok_and(|used| is_older(used, USE_KNOWN_TO)) {
            // Where it may not be noted, it is fetched again one day.
            let _ = file.set_modified(SystemTime::now());
        }
        is_intact.then(|| Blob { file, digest: digest.clone(), size })
    }

    /// Begins to receive a content, of which digest and length may be known.
    pub(super) fn receive(&self, digest: Option<&Digest>, size: Option<u64>) -> Result<Partial, Failure> {
        let (partial, whole) = (self.folder.join("blobs/partial"), self.folder.join("blobs/sha256"));
        self.swept.call_once(|| {
            sweep(&partial, PARTIAL_LIFETIME);
            sweep(&whole, UNUSED_LIFETIME);
        });
        let made = [&partial, &whole].into_iter().try_for_each(|folder| files::create_private_folder(folder));
        let file = made.and_then(|()| NamedTempFile::new_in(&partial)).or_else(|_| NamedTempFile::new());
        let file = file.map_err(|error| disk(&error))?;
        let (cache, digest) = (self.clone(), digest.cloned());
        Ok(Partial { file, cache, digest, size, received: 0, hasher: Hasher::default() })
    }

    /// Keeps a small content that is already verified. Failing to is no error: it will be fetched again.
    pub(super) fn keep(&self, digest: &Digest, bytes: &[u8]) {
        if let Ok(mut partial) = self.receive(Some(digest), None) {
            let _ = partial.write(bytes).and_then(|()| partial.finish("the cache"));
        }
    }

    /// What a tag meant when it was last asked for.
    pub(super) fn tagged(&self, reference: &Reference) -> Option<Digest> {
        let text = files::read_optional(&self.tag_path(reference)).ok().flatten()?;
        Digest::parse(text.trim())
    }

    /// Notes what a tag means. Failing to is no error.
    pub(super) fn note_tag(&self, reference: &Reference, digest: &Digest) {
        if self.tagged(reference).as_ref() != Some(digest) {
            let _ = files::write_atomic(&self.tag_path(reference), &digest.to_string());
        }
    }

    /// What was at an address when it was last asked for, and its server's mark for that.
    pub(super) fn at_address(&self, address: &Url) -> Option<(Blob, String)> {
        let text = files::read_optional(&self.address_path(address)).ok().flatten()?;
        let (digest, mark) = text.split_once('\n')?;
        Some((self.find(&Digest::parse(digest)?)?, mark.trim().to_owned()))
    }

    /// Notes what is at an address. Failing to is no error.
    pub(super) fn note_address(&self, address: &Url, digest: &Digest, mark: &str) {
        let _ = files::write_atomic(&self.address_path(address), &format!("{digest}\n{mark}\n"));
    }

    fn address_path(&self, address: &Url) -> PathBuf {
        self.folder.join("addresses").join(Digest::of(address.as_str().as_bytes()).hex())
    }

    fn tag_path(&self, reference: &Reference) -> PathBuf {
        self.folder.join("tags").join(Digest::of(reference.to_string().as_bytes()).hex())
    }
}

/// A content on its way into the cache. It goes away when it is dropped.
pub(super) struct Partial {
    file: NamedTempFile,
    cache: Cache,
    digest: Option<Digest>,
    size: Option<u64>,
    received: u64,
    hasher: Hasher,
}

impl Partial {
    /// Takes the next piece.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.received += bytes.len() as u64;
        if let Some(size) = self.size.filter(|size| self.received > *size) {
            return Err(Failure::passing(format!(
                "{} is longer than the {size} bytes that were announced",
                self.name()
            )));
        }
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(|error| disk(&error))
    }

    /// How many bytes have come.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    fn name(&self) -> String {
        self.digest.as_ref().map_or_else(|| "the answer".to_owned(), Digest::to_string)
    }

    /// Verifies what came and gives it its name.
    pub(super) fn finish(self, host: &str) -> Result<Blob, Failure> {
        if let Some(size) = self.size.filter(|size| self.received < *size) {
            let reason = format!("{host} sent {} of the {size} bytes of {}", self.received, self.name());
            return Err(Failure::passing(reason));
        }
        let found = self.hasher.finish();
        if let Some(expected) = self.digest.filter(|expected| *expected != found) {
            return Err(mismatch(host, &found, &expected));
        }
        let mut file = match self.file.persist(self.cache.path(&found)) {
            Ok(file) => file,
            Err(error) => error.file.into_file(),
        };
        file.rewind().map_err(|error| disk(&error))?;
        Ok(Blob { file, digest: found, size: self.received })
    }
}

/// What was sent is not what was asked for.
pub(super) fn mismatch(host: &str, found: &Digest, expected: &Digest) -> Failure {
    Failure::passing(format!("the digest did not match: {host} sent {found} for {expected}"))
        .hint("Something on the way changes or damages what is downloaded, or the registry does. Nothing of it was kept.")
}

fn disk(error: &std::io::Error) -> Failure {
    Failure::lasting(format!("a download could not be stored: {error}"))
        .hint("Check the free space in the cache folder.")
}

fn is_older(time: SystemTime, lifetime: Duration) -> bool {
    time.elapsed().is_ok_and(|age| age > lifetime)
}

/// Removes what has not been touched for so long.
fn sweep(folder: &Path, lifetime: Duration) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        if modified.is_ok_and(|modified| is_older(modified, lifetime)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(cache: &Cache, digest: &Digest, size: u64, bytes: &[u8]) -> Result<Blob, Failure> {
        let mut partial = cache.receive(Some(digest), Some(size))?;
        partial.write(bytes)?;
        partial.finish("r.example")
    }

    fn count(folder: &Path) -> usize {
        std::fs::read_dir(folder).map(Iterator::count).unwrap_or_default()
    }

    #[test]
    fn only_what_matches_its_digest_and_size_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        let digest = Digest::of(b"hello");
        for (size, bytes) in [(5, &b"hell"[..]), (5, b"hello!"), (5, b"jello"), (4, b"hello")] {
            assert!(receive(&cache, &digest, size, bytes).is_err());
        }
        assert!(cache.find(&digest).is_none());
        assert_eq!(count(&folder.path().join("blobs/sha256")), 0);
        assert_eq!(receive(&cache, &digest, 5, b"hello").unwrap().read().unwrap(), b"hello");
        assert_eq!(cache.find(&digest).unwrap().read().unwrap(), b"hello");
        assert_eq!(count(&folder.path().join("blobs/partial")), 0, "nothing half-written stays");
    }

    #[test]
    fn a_flipped_bit_makes_a_content_missing_until_it_arrives_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        let digest = Digest::of(b"hello");
        cache.keep(&digest, b"hello");
        std::fs::write(cache.path(&digest), b"hellp").unwrap();
        assert!(cache.find(&digest).is_none());
        cache.keep(&digest, b"hello");
        assert_eq!(cache.find(&digest).unwrap().size(), 5);
    }

    #[test]
    fn a_folder_that_cannot_be_written_means_no_cache() {
        let cache = Cache::new(Path::new("/proc/no-such-folder"));
        let digest = Digest::of(b"hello");
        assert_eq!(receive(&cache, &digest, 5, b"hello").unwrap().read().unwrap(), b"hello");
        assert!(cache.find(&digest).is_none());
    }

    #[test]
    fn tags_are_noted_per_name() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        let [one, two] = ["ghcr.io/a/b:1", "ghcr.io/a/b:2"].map(|text| Reference::parse(text).unwrap());
        cache.note_tag(&one, &Digest::of(b"x"));
        assert_eq!(cache.tagged(&one), Some(Digest::of(b"x")));
        assert_eq!(cache.tagged(&two), None);
    }

    #[test]
    fn addresses_are_noted_with_the_mark_of_their_server() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        let address = Url::parse("https://x.example/a.tgz").unwrap();
        let digest = Digest::of(b"hello");
        cache.note_address(&address, &digest, "\"1\"");
        assert!(cache.at_address(&address).is_none(), "a note without a content says nothing");
        cache.keep(&digest, b"hello");
        let (blob, mark) = cache.at_address(&address).unwrap();
        assert_eq!((blob.digest(), mark.as_str()), (&digest, "\"1\""));
        assert!(cache.at_address(&address.join("b.tgz").unwrap()).is_none());
    }

    fn make_old(path: &Path, age: Duration) {
        let then = SystemTime::now() - age - Duration::from_secs(1);
        File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    }

    #[test]
    fn what_killed_processes_left_is_swept_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let partial = folder.path().join("blobs/partial");
        std::fs::create_dir_all(&partial).unwrap();
        let (old, new) = (partial.join("old"), partial.join("new"));
        for path in [&old, &new] {
            File::create(path).unwrap();
        }
        make_old(&old, PARTIAL_LIFETIME);
        Cache::new(folder.path()).keep(&Digest::of(b"hello"), b"hello");
        assert!(!old.exists() && new.exists());
    }

    #[test]
    fn a_content_that_nobody_wants_goes_and_one_in_use_stays() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        let [used, unused, other] = ["used", "unused", "other"].map(|text| Digest::of(text.as_bytes()));
        cache.keep(&used, b"used");
        cache.keep(&unused, b"unused");
        for digest in [&used, &unused] {
            make_old(&cache.path(digest), UNUSED_LIFETIME);
        }
        assert!(cache.find(&used).is_some());
        Cache::new(folder.path()).keep(&other, b"other");
        assert!(cache.find(&used).is_some() && cache.find(&other).is_some());
        assert!(!cache.path(&unused).exists());
    }
}
