use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use convolake_simulator::{Corpus, Generator, SimulatorError, Stream, write_pages};
use serde_json::Value;

use crate::scene::{Scene, unlimited};

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let texts = |generator: Generator| {
        let scene = Scene::of(unlimited(Corpus::Generated(generator)));
        let texts = Stream::ALL.map(|stream| scene.running.records(stream));
        scene.end();
        texts
    };
    let mut wild = Generator::new(7, 200);
    (wild.odd_share, wild.broken_share, wild.lone_surrogate_share) = (0.3, 0.1, 0.1);
    assert_eq!(texts(wild.clone()), texts(wild));
    assert_ne!(texts(Generator::new(7, 200)), texts(Generator::new(8, 200)));
}

#[test]
fn generated_records_have_ids_and_their_times_stay_in_the_span() {
    let mut generator = Generator::new(11, 1500);
    generator.odd_share = 1.0;
    let scene = Scene::of(unlimited(Corpus::Generated(generator.clone())));
    for (stream, pointer) in [
        (Stream::AgentxConversations, "/_id"),
        (Stream::AgentxMessages, "/_id"),
        (Stream::AgentxMessages, "/conversationId"),
        (Stream::ConvocoreList, "/ID"),
        (Stream::ConvocoreExport, "/metadata/ID"),
    ] {
        let mut ids = BTreeSet::new();
        let records = parsed(&scene, stream);
        for record in &records {
            ids.insert(record.pointer(pointer).unwrap().as_str().unwrap().to_owned());
        }
        if !pointer.ends_with("conversationId") {
            assert_eq!(ids.len(), records.len(), "{pointer} is unique");
        }
    }
    for message in parsed(&scene, Stream::AgentxMessages) {
        let Some(mut time) = message["time"].as_f64() else {
            continue;
        };
        if time > 1e11 {
            time /= 1000.0;
        }
        assert!((1_733_011_200.0..1_740_787_200.0).contains(&time), "{time}");
    }
    scene.end();
}

#[test]
fn the_generated_world_is_coherent_and_varied() {
    let mut generator = Generator::new(5, 3000);
    generator.odd_share = 0.0;
    let scene = Scene::of(unlimited(Corpus::Generated(generator)));
    let mut types: BTreeMap<String, usize> = BTreeMap::new();
    let mut without = BTreeMap::new();
    let mut payload_shapes = BTreeSet::new();
    for record in parsed(&scene, Stream::ConvocoreExport) {
        let turns = record["turns"].as_array().unwrap();
        let messages: Vec<&Value> =
            turns.iter().flat_map(|turn| turn["messages"].as_array().unwrap()).collect();
        if let Some(declared) = record["metadata"].get("messagesNum") {
            assert_eq!(declared, messages.len());
        }
        for message in messages {
            payload_shapes.insert(message.get("payload").map_or("absent", shape));
            match message["type"].as_str() {
                Some(name) => *types.entry(name.to_owned()).or_default() += 1,
                None => *types.entry("(bare)".to_owned()).or_default() += 1,
            }
        }
        for field in METADATA_FIELDS {
            if record["metadata"].get(field).is_none() {
                *without.entry(field).or_insert(0) += 1;
            }
        }
    }
    for kind in DOCUMENTED_TYPES {
        assert!(types.contains_key(kind), "{kind} never occurs");
    }
    assert!(types.contains_key("Custom_Form") && types.contains_key("(bare)"));
    assert_eq!(payload_shapes.len(), 7, "{payload_shapes:?}");
    for field in METADATA_FIELDS {
        assert!(without.contains_key(field), "{field} is never missing");
    }

    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for message in parsed(&scene, Stream::AgentxMessages) {
        if message["type"] == "UserInput" {
            *said.entry(message["conversationId"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    for conversation in parsed(&scene, Stream::AgentxConversations) {
        if let Some(declared) = conversation.get("userMessageCount") {
            let counted = said.get(conversation["_id"].as_str().unwrap()).copied().unwrap_or(0);
            assert_eq!(declared.as_u64(), Some(counted));
        }
    }
    scene.end();
}

#[test]
fn what_is_switched_on_is_there() {
    let mut generator = Generator::new(5, 300);
    (generator.broken_share, generator.lone_surrogate_share, generator.extreme_number_share) =
        (0.2, 0.2, 0.2);
    let scene = Scene::of(unlimited(Corpus::Generated(generator)));
    let all: Vec<String> = Stream::ALL
        .into_iter()
        .flat_map(|stream| scene.running.records(stream))
        .map(|text| String::from_utf8(text.to_vec()).unwrap())
        .collect();
    assert!(all.iter().any(|text| text == "null") && all.iter().any(|text| text == "42"));
    assert!(
        all.iter().any(|text| text.contains("\\ud83d\"")) && all.iter().any(|text| text.contains("1E400"))
    );
    scene.end();
}

#[test]
fn a_written_corpus_is_served_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let mut generator = Generator::new(3, 700);
    (generator.odd_share, generator.broken_share, generator.lone_surrogate_share) = (0.2, 0.05, 0.05);
    let corpus = Corpus::Generated(generator);
    write_pages(folder.path(), &corpus).unwrap();
    let scene = Scene::of(unlimited(corpus));
    let folder_scene = Scene::of(unlimited(Corpus::Folder(folder.path().to_owned())));
    for stream in Stream::ALL {
        let mut generated = scene.running.records(stream);
        let mut loaded = folder_scene.running.records(stream);
        // The order of records whose text hides their time is the server's secret.
        generated.sort();
        loaded.sort();
        assert_eq!(generated, loaded, "{stream:?}");
    }
    scene.end();
    folder_scene.end();
}

#[test]
fn a_folder_may_lack_files_and_hold_plain_ones() {
    let folder = tempfile::tempdir().unwrap();
    let page = "{\"data\":[ {\"_id\" : \"a\", \"startTime\":1733011300 }, {\"_id\":\"b\",\"startTime\":\"1733011250\"}, 7],\"cursor\":null}\n\n";
    std::fs::write(folder.path().join("agentx_conversations.jsonl"), page).unwrap();
    let scene = Scene::of(unlimited(Corpus::Folder(folder.path().to_owned())));
    let records = scene.running.records(Stream::AgentxConversations);
    assert_eq!(
        records,
        [&br#"{"_id":"b","startTime":"1733011250"}"#[..], b"7", br#"{"_id" : "a", "startTime":1733011300 }"#]
    );
    assert!(scene.running.records(Stream::ConvocoreExport).is_empty());
    scene.end();

    std::fs::write(folder.path().join("agentx_messages.jsonl"), "{\"data\":null}\n").unwrap();
    for (path, expected) in [(folder.path(), "page"), (Path::new("/nonexistent/corpus"), "folder")] {
        let error = write_pages(&folder.path().join("out"), &Corpus::Folder(path.to_owned())).unwrap_err();
        let found = match error {
            SimulatorError::CorpusPage { line: 1, .. } => "page",
            SimulatorError::NoFolder { .. } => "folder",
            _ => "other",
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn the_real_exports_are_served_whole() {
    let Some(folder) = std::env::var_os("CONVOLAKE_EXPORTS") else {
        return;
    };
    let scene = Scene::of(unlimited(Corpus::Folder(folder.into())));
    let counts = Stream::ALL.map(|stream| scene.running.records(stream).len());
    assert_eq!(counts, [5000, 89_544, 4999, 5000]);
    scene.end();
}

fn parsed(scene: &Scene, stream: Stream) -> Vec<Value> {
    scene.running.records(stream).iter().map(|text| serde_json::from_slice(text).unwrap()).collect()
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

const METADATA_FIELDS: [&str; 19] = [
    "userID",
    "userName",
    "userEmail",
    "userImage",
    "userPhone",
    "userBrowser",
    "userProfilePic",
    "origin",
    "messagesNum",
    "interactionsNum",
    "ts",
    "tags",
    "convoTimeSeconds",
    "firstMessageTS",
    "lastMessageTS",
    "userPlatform",
    "state",
    "chatAssignedTo",
    "lastModified",
];

const DOCUMENTED_TYPES: [&str; 27] = [
    "launch",
    "text",
    "choice",
    "MultiSelect",
    "cardV2",
    "carousel",
    "visual",
    "GetBrowserData",
    "Embed",
    "iFrame",
    "FileUpload",
    "GoogleForm",
    "EmailForm",
    "SetConvoData",
    "VoiceNote",
    "SetRuntime",
    "no-reply",
    "VGVF_Channel",
    "VFVG_Channel",
    "VG_Response",
    "knowledgeBase",
    "jsx",
    "info:default",
    "info:success",
    "info:danger",
    "info:primary",
    "end",
];
