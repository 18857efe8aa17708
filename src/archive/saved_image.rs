//! Images as `docker save` writes them: an archive of archives, read as it comes.

use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

/// The first bytes of a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Where a tar archive says that it is one (POSIX, ustar).
const MAGIC: std::ops::Range<usize> = 257..262;
/// Larger documents are none of the image's own.
const MOST_MANIFEST: u64 = 16 * 1024 * 1024;

/// A file of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFile {
    /// The name of the layer in the archive, as in the order that [`walk`] returns.
    pub layer: String,
    /// Its path, without a slash at the beginning.
    pub path: String,
    /// What is in it, unless it is larger than was asked for.
    pub content: Option<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    layers: Vec<String>,
}

/// Hands out every file of every layer, with contents of at most so many bytes, and returns the layers' names, the lowest
/// first. Layers whose name `is_known` are passed over.
pub fn walk(
    archive: impl Read,
    most: u64,
    is_known: impl Fn(&str) -> bool,
    mut each: impl FnMut(LayerFile),
) -> io::Result<Vec<String>> {
    let mut layers = Vec::new();
    for entry in tar::Archive::new(archive).entries()? {
        let entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        if name == "manifest.json" {
            let images: Vec<Image> = serde_json::from_reader(entry.take(MOST_MANIFEST))?;
            layers = images.into_iter().next().map(|image| image.layers).unwrap_or_default();
        } else if entry.header().entry_type().is_file() && !is_known(&name) {
            layer(&name, entry, most, &mut each)?;
        }
    }
    Ok(layers)
}

/// Reads a blob if it is a layer, packed or not.
fn layer(name: &str, mut blob: impl Read, most: u64, each: &mut impl FnMut(LayerFile)) -> io::Result<()> {
    let mut head = Vec::new();
    blob.by_ref().take(MAGIC.end as u64).read_to_end(&mut head)?;
    let is_packed = head.starts_with(&GZIP);
    let is_tar = head.get(MAGIC) == Some(b"ustar");
    let whole = io::Cursor::new(head).chain(blob);
    match (is_packed, is_tar) {
        (true, _) => files(name, MultiGzDecoder::new(whole), most, each),
        (false, true) => files(name, whole, most, each),
        (false, false) => Ok(()),
    }
}

fn files(name: &str, layer: impl Read, most: u64, each: &mut impl FnMut(LayerFile)) -> io::Result<()> {
    for entry in tar::Archive::new(layer).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = relative(&entry.path()?);
        let content = match entry.size() <= most {
            true => {
                let mut content = Vec::new();
                entry.read_to_end(&mut content)?;
                Some(content)
            }
            false => None,
        };
        each(LayerFile { layer: name.to_owned(), path, content });
    }
    Ok(())
}

fn relative(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.trim_start_matches("./").trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, path, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn layers_are_read_packed_and_unpacked() {
        let saved = tar(&[
            ("blobs/sha256/0", b"{\"config\": 1}"),
            ("blobs/sha256/1", &tar(&[("etc/a", b"one"), ("etc/large", b"12345")])),
            ("blobs/sha256/2", &gzip(&tar(&[("b", b"two")]))),
            ("blobs/sha256/3", &tar(&[("c", b"known")])),
            (
                "manifest.json",
                b"[{\"Layers\": [\"blobs/sha256/3\", \"blobs/sha256/1\", \"blobs/sha256/2\"]}]",
            ),
        ]);
        let mut seen = Vec::new();
        let layers = walk(saved.as_slice(), 4, |name| name.ends_with("/3"), |file| seen.push(file)).unwrap();
        assert_eq!(layers, ["blobs/sha256/3", "blobs/sha256/1", "blobs/sha256/2"]);
        let seen: Vec<String> = seen
            .iter()
            .map(|file| {
                format!(
                    "{} {} {:?}",
                    file.layer,
                    file.path,
                    file.content.as_deref().map(String::from_utf8_lossy)
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                "blobs/sha256/1 etc/a Some(\"one\")",
                "blobs/sha256/1 etc/large None",
                "blobs/sha256/2 b Some(\"two\")"
            ]
        );
    }

    #[test]
    fn a_cut_off_archive_is_an_error() {
        let saved = tar(&[("blobs/sha256/1", &tar(&[("etc/a", b"one")]))]);
        assert!(walk(&saved[..700], 4, |_| false, |_| ()).is_err());
    }
}
