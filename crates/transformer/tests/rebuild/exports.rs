//! The page files of `CONVOLAKE_EXPORTS`, where it is set.

use serde_json::Value;

use crate::flattening::{flatten, flattener};
use crate::rebuilding::{assert_same, records};

#[test]
fn real_dialogues_are_put_together_again() {
    let Some(folder) = std::env::var_os("CONVOLAKE_EXPORTS") else {
        eprintln!("skipped: CONVOLAKE_EXPORTS is not set");
        return;
    };
    for (schema, file) in [
        ("agentx/conversations", "agentx_conversations"),
        ("agentx/messages", "agentx_messages"),
        ("convocore/list", "convocore_v3_list"),
        ("convocore/export", "convocore_v2_export"),
    ] {
        let path = std::path::Path::new(&folder).join(format!("{file}.jsonl.zst"));
        let text = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
        let flattener = flattener(schema);
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let page = flatten(&flattener, line).unwrap();
            assert!(page.rejects.is_empty(), "{:?}", page.rejects);
            let exported: Value = serde_json::from_slice(line).unwrap();
            let exported = exported["data"].as_array().unwrap();
            let rebuilt = records(schema, &page);
            assert_eq!(rebuilt.len(), exported.len());
            for (rebuilt, exported) in rebuilt.iter().zip(exported) {
                assert_same(rebuilt, exported, schema);
            }
        }
    }
}
