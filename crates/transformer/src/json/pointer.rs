//! JSON Pointers as texts.

use convolake_model::{Pointer, PointerStep};

/// The JSON Pointer (RFC 6901) of these keys.
pub(crate) fn of_keys(keys: &[String]) -> String {
    keys.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}

/// The index that a step names where it meets an array (RFC 6901): digits without a leading zero.
pub(crate) fn index(step: &str) -> Option<u32> {
    let is_index = step.bytes().all(|byte| byte.is_ascii_digit()) && (step == "0" || !step.starts_with('0'));
    step.parse().ok().filter(|_| is_index)
}

/// The pointer to a member of what stands at `pointer`. As in schemas, `*` is each element of an array, and a key that
/// is a lone `*` is written `~2`.
pub(crate) fn of_member(pointer: &str, key: &str) -> String {
    format!("{pointer}{}", Pointer::of(&[PointerStep::Key(key.to_owned())]))
}
