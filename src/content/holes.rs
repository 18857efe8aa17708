//! Where a file has data.

use std::os::fd::AsFd;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use crate::backup::sparse::Extent;

/// The parts of a file of this size that are data; `None` when it has no holes worth the name.
pub fn extents(file: impl AsFd, size: u64, allocated: u64) -> Option<Vec<Extent>> {
    if size == 0 || allocated >= size {
        return None;
    }
    let extents = find(&file, size);
    // Where the file system cannot tell, all of it is data.
    let _ = seek(&file, SeekFrom::Start(0));
    extents.ok().filter(|extents| extents.first() != Some(&Extent { offset: 0, length: size }))
}

fn find(file: impl AsFd, size: u64) -> Result<Vec<Extent>, Errno> {
    let mut extents = Vec::new();
    let mut at = 0;
    while at < size {
        let offset = match seek(&file, SeekFrom::Data(at)) {
            Err(Errno::NXIO) => break,
            offset => offset?,
        };
        let end = seek(&file, SeekFrom::Hole(offset))?.min(size);
        if end <= offset {
            break;
        }
        extents.push(Extent { offset, length: end - offset });
        at = end;
    }
    Ok(extents)
}
