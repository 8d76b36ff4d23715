//! Dates in English words, as moment.js writes them: `December 1st 2024, 10:30:00 am`.

/// The day that was last read, and its text: dates side by side are mostly of one day, which is parsed once.
#[derive(Debug, Default)]
pub(crate) struct LastDay {
    /// The text up to the time; empty before the first day.
    text: Vec<u8>,
    /// The day, in days since 1970-01-01.
    days: i64,
}

/// moment.js `MMMM Do YYYY, h:mm:ss a`: `December 1st 2024, 10:30:00 am`. The vendor's own CSV writes ` -` for the
/// comma; both are read. In seconds since 1970-01-01 of the source's own zone.
pub(super) fn read(text: &[u8], last: &mut LastDay) -> Option<i64> {
    let time = match text.strip_prefix(last.text.as_slice()) {
        Some(time) if !last.text.is_empty() => time,
        _ => {
            let mut rest = Rest(text);
            let days = rest.day()?;
            last.days = days;
            last.text.clear();
            last.text.extend_from_slice(text.strip_suffix(rest.0)?);
            rest.0
        }
    };
    Some(last.days * 86_400 + Rest(time).time()?)
}

/// The rest of a text being read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take(&mut self, expected: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// `December 1st 2024,` in days since 1970-01-01.
    fn day(&mut self) -> Option<i64> {
        let month = self.month()?;
        self.take(b" ")?;
        let day = self.number(1..=2)?;
        if let [b's', b't', after @ ..] | [b'n' | b'r', b'd', after @ ..] | [b't', b'h', after @ ..] = self.0
        {
            self.0 = after;
        }
        self.take(b" ")?;
        let year = self.number(4..=4)?;
        self.take(b",").or_else(|| self.take(b" -"))?;
        days_since_1970(i64::from(year), month, i64::from(day))
    }

    /// ` 10:30:00 am` and nothing more, in seconds.
    fn time(&mut self) -> Option<i64> {
        while self.take(b" ").is_some() {}
        let hour = self.number(1..=2)?;
        self.take(b":")?;
        let minute = self.number(1..=2)?;
        self.take(b":")?;
        let second = self.number(1..=2)?;
        let afternoon = match self.0 {
            b" am" | b" AM" => 0,
            b" pm" | b" PM" => 12,
            _ => return None,
        };
        if !(1..=12).contains(&hour) || !(0..60).contains(&minute) || !(0..60).contains(&second) {
            return None;
        }
        let hour = hour % 12 + afternoon;
        Some((i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second))
    }

    /// The name of a month in letters of either case: its number, from 0.
    fn month(&mut self) -> Option<usize> {
        let begin = self.0.first_chunk::<3>()?;
        // Of all bytes, only the two cases of a letter become that letter.
        let month = match &begin.map(|byte| byte | 0x20) {
            b"jan" => 0,
            b"feb" => 1,
            b"mar" => 2,
            b"apr" => 3,
            b"may" => 4,
            b"jun" => 5,
            b"jul" => 6,
            b"aug" => 7,
            b"sep" => 8,
            b"oct" => 9,
            b"nov" => 10,
            b"dec" => 11,
            _ => return None,
        };
        let expected = MONTHS[month].as_bytes();
        let (name, rest) = self.0.split_at_checked(expected.len())?;
        self.0 = rest;
        (name == expected || name.eq_ignore_ascii_case(expected)).then_some(month)
    }

    /// A number of so many digits; no more of them may follow.
    fn number(&mut self, digits: std::ops::RangeInclusive<usize>) -> Option<i16> {
        let (mut n, mut number) = (0, 0);
        while let [digit @ b'0'..=b'9', rest @ ..] = self.0 {
            n += 1;
            if n > *digits.end() {
                return None;
            }
            number = number * 10 + i16::from(digit - b'0');
            self.0 = rest;
        }
        (n >= *digits.start()).then_some(number)
    }
}

/// In English.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days from 1970-01-01 to a day of the Gregorian calendar, the month counted from 0; `None` for a day there is not.
pub(super) fn days_since_1970(year: i64, month: usize, day: i64) -> Option<i64> {
    /// The days of a common year before each month, and in all.
    const BEFORE: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (begin, end) = (BEFORE[month], BEFORE[month + 1]);
    let length = end - begin + i64::from(month == 1 && is_leap);
    if !(1..=length).contains(&day) {
        return None;
    }
    // The leap days of all years before this one, of which there were 477 by 1970.
    let past = year - 1;
    let leap_days = past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) - 477
        + i64::from(month > 1 && is_leap);
    Some((year - 1970) * 365 + leap_days + begin + day - 1)
}
