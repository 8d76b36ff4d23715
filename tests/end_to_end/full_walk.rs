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
    let [list, export] = requests_after(0);
    assert!(list > 5 && export > 5, "{list} and {export} requests");
    let in_part = |requests: [usize; 2]| requests[0] <= 2 && requests[1] == 0;
    let [list_again, export_again] = requests_after(23);
    assert!(in_part([list_again, export_again]), "{list_again}, {export_again}");
    assert_eq!(requests_after(25), [list, 0]);
    // The walk was confirmed.
    let after = requests_after(6 * 24);
    assert!(in_part(after), "{after:?}");
    let [list_again, export_again] = requests_after(7 * 24 + 1);
    assert!(list_again >= list && export_again > 5, "{list_again}, {export_again}");
}
