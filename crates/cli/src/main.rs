//! The `convolake` binary.
fn main() {}
