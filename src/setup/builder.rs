//! The settings of a builder that leaves room for other work.

/// What a builder may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuilderLimits {
    /// How many steps may run at the same time.
    pub parallel: usize,
    /// How many megabytes of cache it may keep.
    pub cache_megabytes: u64,
}

impl BuilderLimits {
    /// The `buildkitd.toml` that says so.
    pub fn to_toml(self) -> String {
        let Self { parallel, cache_megabytes } = self;
        format!(
            "# Written by `devc setup`, removed by `devc setup --undo`.\n\
             [worker.oci]\n  max-parallelism = {parallel}\n  gc = true\n  gckeepstorage = {cache_megabytes}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_written_as_buildkit_reads_them() {
        insta::assert_snapshot!(BuilderLimits { parallel: 4, cache_megabytes: 20_000 }.to_toml(), @"
        # Written by `devc setup`, removed by `devc setup --undo`.
        [worker.oci]
          max-parallelism = 4
          gc = true
          gckeepstorage = 20000
        ");
    }
}
