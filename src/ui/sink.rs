//! The door to stdout and stderr.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A place for text that several listeners may share.
#[derive(Clone)]
pub(super) struct Sink(Arc<Mutex<dyn Write + Send>>);

impl Sink {
    /// Writes to `writer`.
    pub(super) fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(writer)))
    }

    /// Writes all of `text` at once, so that it is never mixed with text of other threads.
    pub(super) fn try_write(&self, text: &str) -> io::Result<()> {
        let mut writer = lock(&self.0);
        writer.write_all(text.as_bytes())?;
        writer.flush()
    }

    /// As [`try_write`](Self::try_write), for text whose loss must not end a run.
    pub(super) fn write(&self, text: &str) {
        let _lost = self.try_write(text);
    }
}

/// Writes text to stdout where there is nothing to report.
pub fn print(text: &str) {
    Sink::new(io::stdout()).write(text);
}

/// Locks even after a panic elsewhere: what listeners keep is only for display.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(super) mod memory {
    //! A sink that tests can read.

    use super::{Arc, Mutex, Sink, Write, io, lock};

    /// What was written so far.
    #[derive(Clone, Default)]
    pub(in crate::ui) struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Memory {
        /// The sink that fills this memory.
        pub(in crate::ui) fn sink(&self) -> Sink {
            Sink::new(self.clone())
        }

        /// Takes out what was written since the last call.
        pub(in crate::ui) fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut *lock(&self.0))).expect("listeners write UTF-8")
        }
    }

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}
