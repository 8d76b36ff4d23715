//! What differs from run to run, or from layout to layout, taken out of a text.

/// The text without times, ids of runs, waits and names of the lake's own files.
pub(super) fn masked(text: &str) -> String {
    // How many files there are, and their sizes and digests, are the writer's; when a run was is the clock's.
    const OF_OTHERS: [&str; 4] = ["SHA-256", " kB", "wrote it with", "done ("];
    let lines = text.lines().filter(|line| !OF_OTHERS.iter().any(|sign| line.contains(sign)));
    lines
        .map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ").trim_end().to_owned() + "\n")
        .collect()
}

fn word(word: &str) -> String {
    let core = word.trim_end_matches([';', ':', ',']);
    let end = &word[core.len()..];
    let number_of_seconds = core.parse::<f64>().is_ok() && core.contains('.');
    match core {
        _ if core.starts_with("wait=") => "wait=..".to_owned(),
        _ if core.ends_with(".parquet") => format!("FILE.parquet{end}"),
        _ if core.starts_with("raw/") => format!("PAGE{end}"),
        _ if core.contains("/quarantine/") => format!("QUARANTINE{end}"),
        _ if number_of_seconds => format!("N{end}"),
        _ => without_long_numbers(word),
    }
}

/// Instants in digits, as in a query.
fn without_long_numbers(word: &str) -> String {
    let mut kept = String::new();
    let mut digits = String::new();
    for char in word.chars().chain(['\0']) {
        if char.is_ascii_digit() {
            digits.push(char);
            continue;
        }
        kept.push_str(if digits.len() >= 9 && digits.len() < 20 { "N" } else { &digits });
        digits.clear();
        kept.push(char);
    }
    kept.trim_end_matches('\0').to_owned()
}
