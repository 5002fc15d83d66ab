//! The command line of Mingma: puts the parts together.
fn main() {}
