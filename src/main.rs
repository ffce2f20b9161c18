//! The command line: arguments -> run -> exit status.

use std::process::ExitCode;

use trtc_recon::cli::lang;

fn main() -> ExitCode {
    trtc_recon::commands::run(lang::parse())
}
