//! How a line of SQL may go on.

use super::words::Words;

/// Where the word begins that is being written, and what it may become.
pub(super) fn complete(line: &str, at: usize, words: &Words) -> (usize, Vec<String>) {
    let before = line.get(..at).unwrap_or(line);
    let begin = before
        .rfind(|character: char| !is_of_word(character))
        .map_or(0, |place| place + before[place..].chars().next().map_or(1, char::len_utf8));
    let word = &before[begin..];
    if let Some((qualifier, column)) = word.rsplit_once('.') {
        let table = table_of(line, qualifier, words);
        let columns = table.and_then(|table| words.tables.get(table)).into_iter().flatten();
        return (begin + qualifier.len() + 1, that_begin(columns.map(String::as_str), column));
    }
    let previous = before[..begin].split_whitespace().next_back().unwrap_or_default().to_ascii_uppercase();
    let tables = words.tables.keys().map(String::as_str);
    if matches!(previous.as_str(), "FROM" | "JOIN" | "DESCRIBE" | "TABLE") {
        return (begin, that_begin(tables, word));
    }
    if word.is_empty() {
        return (begin, Vec::new());
    }
    // Columns of the tables that stand in the line come first; those of all where there is none yet.
    let named: Vec<&String> = words.tables.keys().filter(|table| has_word(line, table)).collect();
    let is_wanted = |table: &String| named.is_empty() || named.contains(&table);
    let columns = words.tables.iter().filter(|(table, _)| is_wanted(table)).flat_map(|(_, columns)| columns);
    let mut all = that_begin(columns.map(String::as_str), word);
    all.sort_unstable();
    all.dedup();
    all.extend(that_begin(tables, word));
    let is_lower = word.chars().all(|character| !character.is_uppercase());
    let keywords = that_begin(words.keywords.iter().map(String::as_str), word);
    all.extend(keywords.into_iter().map(|keyword| match is_lower {
        true => keyword.to_ascii_lowercase(),
        false => keyword,
    }));
    (begin, all)
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '.')
}

fn that_begin<'a>(words: impl Iterator<Item = &'a str>, with: &str) -> Vec<String> {
    let begins =
        |word: &&str| word.get(..with.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(with));
    words.filter(begins).map(str::to_owned).collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|character: char| !is_of_word(character)).any(|other| other == word)
}

/// The table that a qualifier stands for: its own name, or an alias, as `m` in `FROM messages AS m`.
fn table_of<'a>(line: &str, qualifier: &'a str, words: &'a Words) -> Option<&'a str> {
    if let Some((table, _)) = words.tables.get_key_value(qualifier) {
        return Some(table);
    }
    let parts: Vec<&str> = line
        .split(|character: char| !is_of_word(character))
        .filter(|part| !part.is_empty() && !part.eq_ignore_ascii_case("AS"))
        .collect();
    let pairs = parts.windows(2).filter(|pair| pair[1] == qualifier);
    pairs.filter_map(|pair| words.tables.get_key_value(pair[0])).map(|(table, _)| table.as_str()).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, begin: usize, expected: &[&str]) {
        let tables =
            [("messages", vec!["message_id", "sent_at"]), ("turns", vec!["turn_index", "started_at"])];
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let tables = tables.into_iter().map(|(table, columns)| (table.to_owned(), owned(columns))).collect();
        let keywords = owned(vec!["FROM", "MEDIAN", "SELECT", "SUM"]);
        let words = Words { keywords, tables };
        let (place, found) = complete(line, line.len(), &words);
        assert_eq!((place, found), (begin, owned(expected.to_vec())), "{line}");
    }

    #[test]
    fn a_word_is_completed_by_what_may_stand_there() {
        check("SELECT * FROM me", 14, &["messages"]);
        check("SELECT * FROM ", 14, &["messages", "turns"]);
        check("select count(*) from turns join m", 32, &["messages"]);
        check("SEL", 0, &["SELECT"]);
        check("sel", 0, &["select"]);
        check("SELECT s", 7, &["sent_at", "started_at", "select", "sum"]);
        check("SELECT me", 7, &["message_id", "messages", "median"]);
        check("SELECT s FROM messages WHERE s", 29, &["sent_at", "select", "sum"]);
        check("SELECT m.", 9, &[]);
        check("SELECT x FROM messages AS m WHERE m.se", 36, &["sent_at"]);
        check("SELECT x FROM messages m WHERE m.", 33, &["message_id", "sent_at"]);
        check("SELECT turns.t", 13, &["turn_index"]);
        check("SELECT 'ö", 8, &[]);
        check("", 0, &[]);
    }
}
