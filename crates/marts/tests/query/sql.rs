//! The SQL that people expect.

use crate::call::csv;
use crate::lake::Lake;

#[test]
fn what_people_expect_of_sql() {
    let lake = Lake::small();
    let cases = [
        ("SELECT count(DISTINCT conversation_id) AS n FROM messages", "n\n3\n"),
        (
            "SELECT source, count(*) AS n FROM messages GROUP BY source ORDER BY n DESC, source",
            "source,n\nagentx,4\nconvocore,2\n",
        ),
        ("SELECT median(turn_index) AS m, max(turn_index) AS x FROM messages", "m,x\n0.5,1\n"),
        ("SELECT quantile_cont(turn_index, 0.5) AS q FROM messages", "q\n0.5\n"),
        (
            "SELECT date_trunc('month', sent_at) AS m, count(*) AS n FROM messages WHERE sent_at IS NOT NULL GROUP BY 1 ORDER BY 1",
            "m,n\n2025-03-01T00:00:00.000000Z,4\n2025-04-01T00:00:00.000000Z,1\n",
        ),
        (
            "SELECT CASE WHEN role = 'human' THEN 'us' ELSE 'them' END AS who, count(*) AS n FROM messages GROUP BY who ORDER BY who",
            "who,n\nthem,2\nus,4\n",
        ),
        (
            "SELECT m.message_id, c.locale FROM messages AS m JOIN conversations AS c ON m.source = c.source AND m.conversation_id = c.conversation_id ORDER BY 1",
            "message_id,locale\n0.0,\n1.0,\nm1,en\nm2,en\nm3,de\nm4,de\n",
        ),
        (
            "WITH humans AS (SELECT * FROM messages WHERE role = 'human') SELECT count(*) AS n FROM humans",
            "n\n4\n",
        ),
        ("SELECT message_id FROM messages WHERE text LIKE 'h%' ORDER BY 1", "message_id\n0.0\n1.0\nm1\nm2\n"),
        (
            "SELECT message_id, row_number() OVER (PARTITION BY source ORDER BY message_id) AS nth FROM messages ORDER BY source, nth",
            "message_id,nth\nm1,1\nm2,2\nm3,3\nm4,4\n0.0,1\n1.0,2\n",
        ),
        (
            "SELECT extract(hour FROM sent_at) AS h, count(*) AS n FROM messages WHERE date = '2025-03-30' GROUP BY h ORDER BY h",
            "h,n\n10,4\n",
        ),
        (
            "SELECT message_id, lag(sent_at) OVER (PARTITION BY source, conversation_id ORDER BY sent_at) AS before FROM messages WHERE source = 'convocore' ORDER BY 1",
            "message_id,before\n0.0,\n1.0,2025-03-30T10:00:00.000000Z\n",
        ),
        (
            "SELECT strftime(sent_at, '%Y-%m-%d') AS day FROM messages WHERE message_id = 'm1'",
            "day\n2025-03-30\n",
        ),
        ("SELECT array_length(tags) AS n FROM conversations WHERE locale = 'en'", "n\n2\n"),
        (
            "SELECT message_id FROM messages WHERE sent_at BETWEEN '2025-03-30 10:00:01' AND '2025-03-30 10:00:04'",
            "message_id\n1.0\n",
        ),
        ("SELECT coalesce(locale, '?') AS l FROM conversations ORDER BY 1", "l\n?\nde\nen\n"),
        ("SELECT round(avg(user_messages_declared), 2) AS a FROM conversations", "a\n1.5\n"),
        ("SELECT count(*) AS n FROM messages WHERE sent_at > now() - INTERVAL '1 day'", "n\n0\n"),
        ("SELECT count(*) AS n FROM messages WHERE date < CURRENT_DATE", "n\n5\n"),
        (
            "SELECT date_trunc('hour', sent_at AT TIME ZONE 'Europe/Berlin') AS h FROM messages WHERE message_id IN ('m1', 'm3') ORDER BY h",
            "h\n2025-03-30T12:00:00\n2025-04-02T12:00:00\n",
        ),
        (
            "SELECT date_trunc('week', date) AS w, count(*) AS n FROM messages WHERE date IS NOT NULL GROUP BY w ORDER BY w",
            "w,n\n2025-03-24,4\n2025-03-31,1\n",
        ),
        (
            "SELECT extra ->> 'odd' AS o, extra -> 'odd' ->> 'a' AS a FROM messages WHERE message_id = 'm3'",
            "o,a\n\"{\"\"a\"\":1}\",1\n",
        ),
        (
            "SELECT json_extract_string(payload, '$.steps[0].text') AS t FROM messages WHERE message_id = 'm2'",
            "t\nhi\n",
        ),
        (
            "SELECT max(sent_at) - min(sent_at) AS wait FROM messages WHERE source = 'convocore'",
            "wait\n3.0\n",
        ),
        ("SELECT max(sent_at) > TIMESTAMP '2025-04-01' AS late FROM messages", "late\ntrue\n"),
        (
            "SELECT count(*) AS n FROM messages AS a LEFT JOIN turns AS b ON a.source = b.source AND a.turn_index = b.turn_index WHERE b.turn_index IS NULL",
            "n\n4\n",
        ),
        (
            "SELECT source FROM messages UNION SELECT source FROM turns ORDER BY 1",
            "source\nagentx\nconvocore\n",
        ),
        (
            "SELECT message_id FROM messages WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE locale = 'de') ORDER BY 1",
            "message_id\nm3\nm4\n",
        ),
        (
            "SELECT conversation_id, count(*) AS n FROM messages GROUP BY ALL HAVING n > 1 ORDER BY 1",
            "conversation_id,n\nc1,2\nc2,2\nv1,2\n",
        ),
        (
            "SELECT strftime(date, '%Y') AS y, sum(CASE WHEN role = 'bot' THEN 1 ELSE 0 END) AS bots FROM messages GROUP BY y ORDER BY y",
            "y,bots\n2025,2\n,0\n",
        ),
        (
            "SELECT avg(epoch) AS e FROM (SELECT extract(epoch FROM sent_at) AS epoch FROM messages WHERE source = 'convocore')",
            "e\n1743328801.5\n",
        ),
    ];
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let ended = crate::call::Call::query(&lake, &["--output", "csv", sql]).end();
        if ended.code != Some(0) || ended.stdout != expected {
            wrong.push(format!("{sql}\n{}{}", ended.stdout, ended.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(csv(&lake, "SELECT 1 AS one"), "one\n1\n");
}
