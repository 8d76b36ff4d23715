//! The page files of `CONVOLAKE_EXPORTS`, where it is set.

use convolake_model::OnMismatch;

use crate::compare::compared;
use crate::schemas::stream;

#[test]
fn real_dialogues_give_the_same_rows() {
    let Some(folder) = std::env::var_os("CONVOLAKE_EXPORTS") else {
        eprintln!("skipped: CONVOLAKE_EXPORTS is not set");
        return;
    };
    for (name, file) in [
        ("agentx/conversations", "agentx_conversations"),
        ("agentx/messages", "agentx_messages"),
        ("convocore/list", "convocore_v3_list"),
        ("convocore/export", "convocore_v2_export"),
    ] {
        let path = std::path::Path::new(&folder).join(format!("{file}.jsonl.zst"));
        let text = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
        let stream = stream(name);
        let pages = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        for (at, page) in pages.enumerate() {
            if let Err(difference) = compared(&stream, page, OnMismatch::Keep) {
                panic!("{file} line {}: {difference}", at + 1);
            }
        }
    }
}
