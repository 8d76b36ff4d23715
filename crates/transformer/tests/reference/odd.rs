//! Values nobody expects, as JSON text: any type, odd spellings, white space, names that stand twice.

use crate::dice::Dice;

/// Stands for a byte that is no UTF-8; put in when the page is complete.
pub(crate) const BAD_BYTE: char = '\u{e000}';

pub(crate) const KEYS: &[&str] = &[
    "a", "b", "c", "d", "a.b", "x y", "_record", "items", "*", "~", "a/b", "", "é", "q\"u", "b\\s", "extra",
    "message",
];

const TEXTS: &[&str] = &[
    "",
    "a",
    "user",
    "human",
    "bot",
    "27",
    "-3",
    "1.5",
    "1.",
    "007",
    "+5",
    "1e3",
    "1e",
    " 27",
    "0x1F",
    "NaN",
    "-inf",
    "1734330410",
    "1734330410.25",
    "1734330410123",
    "Invalid date",
    "2025-04-15",
    "2025-02-30",
    "2025-04-15 ",
    "2025-04-15T20:58:15.384884",
    "2025-04-15T20:58:15",
    "2025-04-15T20:58:15Z",
    "2025-04-15T20:58:15.5Z",
    "2025-04-15T20:58:15.500Z",
    "2025-04-15 20:58:15",
    "2025-04-15T20:58:15+02:00",
    "2025-04-15T20:58:15.1234567Z",
    "2025-W16-2",
    "2025-W16-2T10",
    "1999-12-31T23:59:59Z",
    "2100-01-01T00:00:00Z",
    "2000-01-01T00:00:00Z",
    "2025-04-15T24:00:00",
    "2025-04-15T20:58:60Z",
    "2025-04-15t20:58:15z",
    "1850-06-01",
    "December 1st 2024, 10:30:00 am",
    "december 31th 2024 - 12:59:59 PM",
    "February 29th 2023, 1:00:00 am",
    "May 2nd 2025, 0:30:00 am",
    "March 3 2025,   11:05:09 pm",
    "June 1st 2025, 1:2:3 am",
    "id-0",
    "id-1",
];

/// Escapes and bytes inside quotes.
const INSIDES: &[&str] = &[
    r"\ud83d",
    r"\ud83d\ude00",
    r"\ude00\ud83d",
    r"\\ud83d",
    r"\\\ud83d",
    r"\u0041",
    r"\n\t\b\f\r\/\\",
    r#"\""#,
    "😀",
    "é",
    "\u{fffd}",
    r"\ufffd",
    "\u{7f}",
    "\u{2028}",
    "\u{e000}",
    "\u{e000}\u{e000}x",
    r"\u0000",
    r"\uDbFf\uDfFf",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "27",
    "1734330410",
    "1734330410.25",
    "1734330410123",
    "1734330410.1234567",
    "1.734330410e9",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1.0",
    "1.50",
    "-0",
    "-0.0",
    "0.1",
    "1e3",
    "1E+3",
    "100e-2",
    "1e-7",
    "1e400",
    "1e-400",
    "5e-324",
    "12345678901234567890123456789012345678901234567890",
    "0.30000000000000004",
    "0.300000000000000001",
    "1.7976931348623157e308",
    "99999999999.9",
    "100000000000",
    "946684800",
    "946684799.9",
    "4102444799.999999",
    "4102444800",
    "0e5",
    "1e2147483648",
    "123456789012345.6",
    "12345678901234.5",
];

/// Any value, as JSON text.
pub(crate) fn value(dice: &mut Dice<'_>, depth: usize) -> String {
    let n = dice.below(if depth == 0 { 8 } else { 12 });
    match n {
        0 => "null".to_owned(),
        1 => "true".to_owned(),
        2 => "false".to_owned(),
        3 => number(dice),
        4 => text(dice),
        5 => "{}".to_owned(),
        6 => ["[]", "[ ]", "{ }"][dice.below(3)].to_owned(),
        7 => inside(dice),
        8 => deep(dice),
        9 => format!("[{}]", (0..dice.below(4)).map(|_| text(dice)).collect::<Vec<_>>().join(",")),
        10 => {
            let elements: Vec<String> = (0..dice.below(4)).map(|_| value(dice, depth - 1)).collect();
            format!("[{}{}]", space(dice), elements.join(","))
        }
        _ => {
            let n = dice.below(4);
            let members: Vec<String> = (0..n)
                .map(|_| {
                    let name = key(dice);
                    format!("{}:{}{}", quoted_oddly(dice, name), space(dice), value(dice, depth - 1))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

pub(crate) fn text(dice: &mut Dice<'_>) -> String {
    let text = TEXTS[dice.below(TEXTS.len())];
    quoted_oddly(dice, text)
}

pub(crate) fn number(dice: &mut Dice<'_>) -> String {
    match dice.rarely(20) {
        true => format!("{}.{:06}", 946_684_800 + dice.number() % 3_155_760_000, dice.number() % 1_000_000),
        false => NUMBERS[dice.below(NUMBERS.len())].to_owned(),
    }
}

pub(crate) fn key(dice: &mut Dice<'_>) -> &'static str {
    KEYS[dice.below(KEYS.len())]
}

pub(crate) fn space(dice: &mut Dice<'_>) -> &'static str {
    match dice.rarely(5) {
        true => [" ", "\n", "\t", "\r\n  "][dice.below(4)],
        false => "",
    }
}

/// A text as JSON; now and then with each letter escaped.
pub(crate) fn quoted_oddly(dice: &mut Dice<'_>, text: &str) -> String {
    match dice.rarely(4) {
        true => {
            format!("\"{}\"", text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>())
        }
        false => serde_json::to_string(text).unwrap(),
    }
}

fn inside(dice: &mut Dice<'_>) -> String {
    let parts: String = (0..=dice.below(4)).map(|_| INSIDES[dice.below(INSIDES.len())]).collect();
    format!("\"{parts}\"")
}

/// Deep enough to be rejected, or far from it.
fn deep(dice: &mut Dice<'_>) -> String {
    let depth = [50, 400][dice.below(2)];
    match dice.rarely(50) {
        true => format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
        false => format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)),
    }
}
