//! SIGINT and SIGTERM: the run ends with 130 or 143 and leaves nothing
//! half-done.
//!
//! A signal waits for the report that is being put in place, and no other one
//! is begun; so what was begun is either whole or not there. A second signal
//! does not wait: then the next run removes what was left.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::{io, process, thread};

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;

/// Read by who writes, written by who ends the process.
static WRITING: RwLock<()> = RwLock::new(());

/// Something that must not be left half-done.
#[must_use = "the process may end as soon as it is dropped"]
pub struct Shield(#[allow(dead_code, reason = "held, not read")] RwLockReadGuard<'static, ()>);

/// No signal ends the process until the shield is dropped.
pub fn shield() -> Shield {
    // What it guards is no value: it cannot be left in a wrong state.
    Shield(WRITING.read().unwrap_or_else(PoisonError::into_inner))
}

/// Lets a signal end the process, from now on.
pub fn watch() -> io::Result<()> {
    // A file beyond the system's limit is then an error of its write, which says what failed and cleans up.
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let told = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset, and sets it.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&told))?;
        flag::register(signal, Arc::clone(&told))?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let end = move || {
        if let Some(signal) = signals.forever().next() {
            let _none_is_writing = WRITING.write().unwrap_or_else(PoisonError::into_inner);
            process::exit(128 + signal);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(end).map(drop)
}
