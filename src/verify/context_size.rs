//! What a build context weighs.

/// A folder below this size is not worth a `.dockerignore`: sending all of it takes no time.
pub const WORTH_IGNORING: u64 = 1_000_000;

/// The bytes of a folder, with and without what `.dockerignore` hides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContextSize {
    /// All files.
    pub whole: u64,
    /// Those that may be sent to the builder.
    pub sent: u64,
}

impl ContextSize {
    /// Adds up files: the size of each, and whether it is sent.
    pub fn of(files: impl Iterator<Item = (u64, bool)>) -> Self {
        files.fold(Self::default(), |sum, (size, is_sent)| Self {
            whole: sum.whole + size,
            sent: sum.sent + if is_sent { size } else { 0 },
        })
    }

    /// How much smaller the context is than the folder, in percent.
    pub fn reduction(self) -> f64 {
        if self.whole == 0 {
            return 0.0;
        }
        (self.whole - self.sent) as f64 / self.whole as f64 * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_makes_the_context_smaller() {
        let size = ContextSize::of([(10, true), (30, false)].into_iter());
        assert_eq!((size.whole, size.sent, size.reduction()), (40, 10, 75.0));
        assert_eq!(ContextSize::default().reduction(), 0.0);
    }
}
