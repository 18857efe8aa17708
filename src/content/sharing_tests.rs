use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Root, copy, flush};

/// A file system in a file. Making and mounting one takes root, its tools and a free loop device.
struct Mounted {
    folder: TempDir,
}

impl Mounted {
    /// `None` where this machine cannot do that.
    fn made_by(tool: &str) -> Option<Self> {
        /// The least that both tools take, and some.
        const SIZE: u64 = 512 << 20;
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("image");
        File::create(&image).unwrap().set_len(SIZE).unwrap();
        let mounted = Self { folder };
        fs::create_dir(mounted.root()).unwrap();
        let is_made = succeeds(Command::new(tool).arg("-q").arg(&image));
        let is_there =
            is_made && succeeds(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(mounted.root()));
        is_there.then_some(mounted)
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// How many bytes are free when everything is on the disk.
    fn free(&self) -> u64 {
        flush(&Root::open(&self.root()).unwrap()).unwrap();
        let facts = rustix::fs::statvfs(self.root()).unwrap();
        facts.f_bfree * facts.f_frsize
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        succeeds(Command::new("umount").arg(self.root()));
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[test]
#[expect(clippy::print_stderr, reason = "a test has to say what it skips")]
fn copies_share_their_content_where_the_file_system_can_do_that() {
    /// How much one file holds.
    const CONTENT: usize = 64 << 20;
    for tool in ["mkfs.btrfs", "mkfs.xfs"] {
        let Some(mounted) = Mounted::made_by(tool) else {
            eprintln!("skipped: {tool}, or mounting what it makes, is not possible here");
            continue;
        };
        let [from, to] = ["from", "to"].map(|name| mounted.root().join(name));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&to).unwrap();
        fs::write(from.join("large"), vec![1; CONTENT]).unwrap();
        let before = mounted.free();
        copy(&Root::open(&from).unwrap(), &Root::open(&to).unwrap(), |_| {}).unwrap();
        let taken = before.saturating_sub(mounted.free());
        assert!(taken < CONTENT as u64 / 8, "{tool}: {taken} bytes for the copy");
        assert!(fs::read(to.join("large")).unwrap() == vec![1; CONTENT], "{tool}");
    }
}
