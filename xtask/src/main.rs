//! What people run around the code.
fn main() {}
