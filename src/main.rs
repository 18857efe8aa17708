//! The `devc` program: captures the environment, runs the command line, returns its exit code.

use std::process::ExitCode;

use devc::host::Environment;

fn main() -> ExitCode {
    devc::run(std::env::args_os(), Environment::capture())
}
