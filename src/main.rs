//! The command line: arguments -> run -> exit status.

use std::process::ExitCode;

use clap::Parser;
use trtc_recon::cli::Cli;

fn main() -> ExitCode {
    trtc_recon::commands::run(Cli::parse())
}
