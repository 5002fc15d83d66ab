//! The command line of Mingma: everything it does is in [`mingma::cli`].

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A request and an entry are many small allocations.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    mingma::cli::main()
}
