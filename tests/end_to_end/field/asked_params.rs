//! Params that are empty, in any of the ways in which nothing is written.

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::Source;

/// platformatic/platformatic 4968, open-telemetry/opentelemetry-python 5408.
#[test]
fn what_stands_for_no_value_is_none() {
    let source = Source::tidy(5);
    let run = |set: &str| {
        Convolake::new(&["run", "agentx"])
            .to(&Lake::new())
            .set(&format!("base_url={}", source.base_url()))
            .set(set)
    };
    for value in
        ["", " ", "\t", "null", "Null", "~", "\"\"", "''", "{}", "[]", "['']", "[demo-bot, ' ']", "undefined"]
    {
        run(&format!("params.bot_name={value}")).ends(2).says(&["`bot_name`", "hint: "]);
    }
    for value in ["[demo-bot", "[demo-bot, null]", "[[demo-bot]]"] {
        run(&format!("params.bot_name={value}")).ends(2).says(&["no list of texts"]);
    }
    assert_eq!(source.running.ledger().requests(), []);
    // Texts that YAML would read as something else are texts.
    for value in ["007", "1.10", "no", "1e3", "0x1F"] {
        let ended = run(&format!("params.bot_name={value}")).json().ends_somehow();
        assert_eq!(ended.report()["streams"][0]["params"]["bot_name"], value, "{ended}");
    }
}

/// The same in the file, and for the key.
#[test]
fn what_stands_for_no_value_in_a_file_or_a_key_is_none() {
    let source = Source::tidy(5);
    for value in
        ["", " ~", " null", " \"\"", " \" \"", " []", " [demo-bot, ~]", " { required: true, default: }"]
    {
        let folder = tempfile::TempDir::new().unwrap();
        Convolake::new(&["init", "here"]).folder(folder.path()).ends(0);
        let file = folder.path().join("here/pipelines/agentx.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        let line = text.lines().find(|line| line.trim_start().starts_with("bot_name: { required")).unwrap();
        std::fs::write(&file, text.replace(line, &format!("  bot_name:{value}"))).unwrap();
        let base_url = format!("base_url={}", source.base_url());
        let ended = Convolake::new(&["run"]).arg(&file).to(&Lake::new()).set(&base_url).ends(2);
        ended.says(&["agentx.yaml:11"]);
    }
    for key in ["", " ", "\n"] {
        let ended =
            Convolake::run("agentx", &source.base_url(), &Lake::new()).env("AGENTX_API_KEY", key).ends(2);
        ended.says(&["AGENTX_API_KEY"]);
    }
    assert_eq!(source.running.ledger().requests(), []);
}
