//! `callout`: the switchboard, the dispatcher's brain and the service centre's memory.

use clap::Parser;
use server::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    match server::cli::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("callout: {error:#}");
            ExitCode::FAILURE
        }
    }
}
