//! The command line of Mingma: everything it does is in [`mingma::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    mingma::cli::main()
}
