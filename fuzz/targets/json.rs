//! The bytes are a response of the usage API.
#![no_main]

#[path = "../entries.rs"]
#[allow(dead_code, reason = "each target has one entry")]
mod entries;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a temporary folder"));

fuzz_target!(|bytes: &[u8]| {
    let bench = entries::Bench::new(FOLDER.path(), std::env::var_os("TRTC_RECON").map(Into::into));
    bench.file("json", bytes);
});
