//! Backups of volumes in registries. What a registry has of an earlier state of a volume is not sent again, and what the
//! cache has is not fetched again.

use std::io::{self, PipeReader, Read};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{Place, Task, aside, failed};
use crate::backup::{self, Assembled, Compression, Cutter, Head, Packs, Tail, in_order};
use crate::content;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Step;
use crate::registry::{Blob, Descriptor, Digest, ImageManifest, Reference, Registry, media_type};

/// What the manifest's config says: a [`Config`]. Manifests of volumes are known by it.
const CONFIG: &str = "application/vnd.devc.volume.config.v1+json";
/// How the archive is put together from the packs: the first layer.
const INDEX: &str = "application/vnd.devc.volume.index.v1+zstd";
/// The other layers.
const PACK: &str = "application/vnd.devc.volume.pack.v1+zstd";

/// How many packs are on their way at the same time. More would not fit into the memory that this may take.
const SENT_AT_ONCE: usize = 4;
const FETCHED_AT_ONCE: usize = 8;

/// What can be known of a volume's content before it is fetched.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Config {
    backup: Head,
    content: Tail,
}

/// The content of a volume in a registry.
pub struct Shared {
    /// What was backed up.
    pub head: Head,
    /// The digest of its manifest.
    pub digest: Digest,
    packs: Packs<Descriptor>,
}

/// What has been pushed.
pub struct Pushed {
    /// The digest of the manifest.
    pub digest: Digest,
    /// What is in the backup.
    pub tail: Tail,
    /// The length of all of it in the registry, in bytes.
    pub bytes: u64,
    /// How many bytes of that had to be sent.
    pub sent: u64,
}

/// A place in a registry for the content of a volume.
pub struct Share<'a> {
    /// The client.
    pub registry: &'a Registry,
    /// The place.
    pub reference: &'a Reference,
}

impl Share<'_> {
    /// What is there.
    ///
    /// Fails with [`ErrorKind::NotFound`] when nothing is, and with [`ErrorKind::Usage`] when it is something else.
    pub async fn find(&self) -> Result<Shared> {
        let manifest = self.registry.manifest(self.reference).await?;
        let of_volume = manifest.image().filter(|image| image.config.media_type == CONFIG);
        let image = of_volume.ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("{} is not the content of a volume", self.reference))
                .hint("Choose another name or tag.")
        })?;
        let Some((index, packs)) = image.layers.split_first() else { return Err(unreadable(self.reference)) };
        let index = self.registry.blob(self.reference, index).await?.read()?;
        let config = self.registry.blob(self.reference, &image.config).await?.read()?;
        let config: Config =
            serde_json::from_slice(&config).map_err(|error| unreadable(self.reference).because(error))?;
        let packs = Packs::of_index(&index, packs.to_vec())?;
        Ok(Shared { head: config.backup, digest: manifest.digest, packs })
    }

    /// Sends a volume's content; packs that are there already are left out.
    pub async fn push(&self, place: &Place, head: Head, step: Step) -> Result<Pushed> {
        let known = match self.known().await {
            Ok(known) => known,
            Err(error) => return step.conclude(Err(error)),
        };
        let (archive, writer) = io::pipe().map_err(|error| failed("read").because(error))?;
        let (packs, made) = mpsc::channel(1);
        let task = Task::Pack { head: Some(head.clone()), compression: Compression::None };
        let packed = place.run::<Tail>(task, io::empty(), writer, None);
        let cut = aside(move || Ok((cut(Watched { archive, done: 0, step: &step }, known, &packs), step)));
        // Where one of them fails, the others miss what they wait for, and end.
        let (sent, packed, cut) = tokio::join!(self.send_all(made), packed, cut);
        let (cut, step) = cut?;
        let pushed = async {
            let (sent, content) = (sent?, packed?);
            self.finish(cut?, Config { backup: head, content }, sent).await
        };
        step.conclude(pushed.await)
    }

    /// What need not be sent again.
    async fn known(&self) -> Result<Packs<Descriptor>> {
        match self.find().await {
            Ok(shared) => Ok(shared.packs),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Packs::default()),
            Err(error) => Err(error),
        }
    }

    /// Sends packs as they are made; returns how many bytes were new.
    async fn send_all(&self, packs: mpsc::Receiver<Vec<u8>>) -> Result<u64> {
        let packs = stream::unfold(packs, async |mut packs| Some((packs.recv().await?, packs)));
        let sent = packs.map(|pack| self.send(pack)).buffer_unordered(SENT_AT_ONCE);
        sent.try_fold(0, async |sum, bytes| Ok(sum + bytes)).await
    }

    async fn send(&self, bytes: Vec<u8>) -> Result<u64> {
        let length = bytes.len() as u64;
        Ok(if self.registry.push_blob(self.reference, bytes).await? { length } else { 0 })
    }

    /// Sends what says how it all belongs together; from then on it is there.
    async fn finish(&self, packs: Packs<Descriptor>, config: Config, mut sent: u64) -> Result<Pushed> {
        let index = packs.to_index()?;
        let text = serde_json::to_vec(&config).map_err(|error| failed("describe").because(error))?;
        let mut layers = vec![Descriptor::of(INDEX, &index)];
        layers.extend_from_slice(packs.blobs());
        let manifest = ImageManifest {
            schema_version: 2,
            media_type: Some(media_type::MANIFEST.to_owned()),
            config: Descriptor::of(CONFIG, &text),
            layers,
            annotations: serde_json::Map::new(),
        };
        let bytes = manifest.config.size + manifest.layers.iter().map(|layer| layer.size).sum::<u64>();
        for part in [index, text] {
            sent += self.send(part).await?;
        }
        let digest =
            self.registry.push_manifest(self.reference, manifest.to_bytes(), media_type::MANIFEST).await?;
        Ok(Pushed { digest, tail: config.content, bytes, sent })
    }

    /// Brings all packs into the cache; returns how many bytes had to be fetched.
    pub async fn fetch(&self, shared: &Shared, step: Step) -> Result<u64> {
        let packs = shared.packs.blobs();
        let total: u64 = packs.iter().map(|pack| pack.size).sum();
        let fetched = stream::iter(packs).map(|pack| self.fetch_one(pack)).buffer_unordered(FETCHED_AT_ONCE);
        let counted = fetched.try_fold((0, 0), async |(done, sum), (bytes, is_new)| {
            step.progress(done + bytes, Some(total));
            Ok((done + bytes, if is_new { sum + bytes } else { sum }))
        });
        let counted = counted.await;
        step.conclude(counted.map(|(_, sum)| sum))
    }

    async fn fetch_one(&self, pack: &Descriptor) -> Result<(u64, bool)> {
        let was_here = self.registry.cache().path(&pack.digest).exists();
        self.registry.blob(self.reference, pack).await?;
        Ok((pack.size, !was_here))
    }

    /// The archive, read from the cache. Each pack is proven once more.
    pub fn archive(&self, shared: Shared) -> impl Read + Send + 'static {
        let cache = self.registry.cache().clone();
        Assembled::new(shared.packs, move |pack: &Descriptor| {
            cache.find(&pack.digest).map(Blob::into_file).ok_or_else(|| {
                failed("keep")
                    .hint("Check the free space in the cache folder, and whether it can be written.")
            })
        })
    }
}

/// Cuts an archive into packs, and hands on those that are new.
fn cut(
    archive: Watched<'_>,
    known: Packs<Descriptor>,
    made: &mpsc::Sender<Vec<u8>>,
) -> Result<Packs<Descriptor>> {
    let mut cutter = Cutter::new(archive, known);
    let mut blobs = Vec::new();
    in_order(
        content::threads(),
        cutter.by_ref(),
        |pack| backup::compressed(&pack),
        |bytes| {
            blobs.push(Descriptor::of(PACK, &bytes));
            made.blocking_send(bytes).map_err(|_| failed("send"))
        },
    )?;
    Ok(cutter.finish(blobs))
}

/// An archive of which a step is told how much has been read.
struct Watched<'a> {
    archive: PipeReader,
    done: u64,
    step: &'a Step,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.archive.read(buffer)?;
        self.done += count as u64;
        self.step.progress(self.done, None);
        Ok(count)
    }
}

fn unreadable(reference: &Reference) -> Error {
    Error::new(ErrorKind::Registry, format!("{reference} cannot be read as the content of a volume"))
}
