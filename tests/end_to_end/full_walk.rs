//! When a list is walked to its end.

use convolake_simulator::{Corpus, SimulatorConfig, Stream};

use crate::fault_table::clocks::{WrongClock, pull};
use crate::lake::Lake;
use crate::source::{SMALL_PAGE, Source, tidy, unlimited};

const HOUR: i64 = 3600;

/// What the first walk may have missed is looked for a day later, and then every `full_walk`; the export is walked at its own
/// times, since what the list shows of it is asked for by id.
#[test]
fn a_first_walk_is_confirmed_a_day_later() {
    let source = Source::start(SimulatorConfig {
        page_cap: Some(SMALL_PAGE),
        ..unlimited(Corpus::Generated(tidy(70)))
    });
    let lake = Lake::new();
    let requests_after = |hours: i64| {
        source.forget();
        pull("convocore", &source, &lake, WrongClock::of(&source, hours * HOUR, hours * HOUR));
        [Stream::ConvocoreList, Stream::ConvocoreExport].map(|stream| source.requests(stream).len())
    };
    // Of eight pages; how many are asked for beyond the last one, or ahead where one is enough, depends on the moment.
    let in_whole = |requests: usize| requests >= 7;
    let in_part = |requests: usize| requests <= 4;
    let [list, export] = requests_after(0);
    assert!(in_whole(list) && in_whole(export), "{list} and {export} requests");
    let [list, export] = requests_after(23);
    assert!(in_part(list) && export == 0, "{list} and {export} requests after 23 hours");
    let [list, export] = requests_after(25);
    assert!(in_whole(list) && export == 0, "{list} and {export} requests after a day");
    // The walk was confirmed.
    let [list, export] = requests_after(6 * 24);
    assert!(in_part(list) && export == 0, "{list} and {export} requests after six days");
    let [list, export] = requests_after(7 * 24 + 1);
    assert!(in_whole(list) && in_whole(export), "{list} and {export} requests after a week");
}
