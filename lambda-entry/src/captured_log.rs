//! What a test has logged, as one text.

use std::io;
use std::sync::{Arc, Mutex, Once};

use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

/// Takes what is logged. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl CapturedLog {
    /// Takes every line of this thread, at every level, until the result is dropped.
    #[must_use]
    pub fn capture(&self) -> DefaultGuard {
        keep_levels_open(LevelFilter::TRACE);
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// All that was logged so far.
    ///
    /// # Panics
    ///
    /// Where a writer has panicked, or what was logged is not UTF-8.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().expect("no writer panicked").clone();
        String::from_utf8(bytes).expect("lines are UTF-8")
    }
}

/// Sees to it that no place in the code is switched off for want of a listener, up to this level: tracing remembers that
/// for the whole process, also where it was another test's thread that had none.
pub fn keep_levels_open(levels: LevelFilter) {
    static LISTENER: Once = Once::new();
    LISTENER.call_once(|| {
        let listener = tracing_subscriber::registry().with(levels);
        // A test that has set one has it for all.
        let _ = tracing::subscriber::set_global_default(listener);
    });
}

impl io::Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
