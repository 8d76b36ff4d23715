//! How wide the columns of a table are where it is to fit a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Stands for what was cut off.
const MARK: &str = "…";
/// No text is cut to less.
const LEAST: usize = 8;

/// The widths of as many columns as have room, from the first: the widest texts give way first, none below what is legible.
pub(super) fn fit(natural: &[usize], can_be_cut: &[bool], total: usize, gap: usize) -> Vec<usize> {
    let least: Vec<usize> = natural
        .iter()
        .zip(can_be_cut)
        .map(|(width, can_be_cut)| if *can_be_cut { (*width).min(LEAST) } else { *width })
        .collect();
    let mut n_shown: usize = 0;
    let mut needed = 0;
    for width in &least {
        let with_gap = width + if n_shown > 0 { gap } else { 0 };
        if n_shown > 0 && needed + with_gap > total {
            break;
        }
        (needed, n_shown) = (needed + with_gap, n_shown + 1);
    }
    let room = total.saturating_sub(gap * n_shown.saturating_sub(1));
    let capped = |cap: usize| -> Vec<usize> {
        let widths = natural.iter().zip(&least).take(n_shown);
        widths.map(|(width, least)| (*width).min(cap).max(*least)).collect()
    };
    // The greatest cap under which all fit.
    let (mut low, mut high) = (0, natural.iter().copied().max().unwrap_or_default());
    while low < high {
        let middle = (low + high).div_ceil(2);
        match capped(middle).iter().sum::<usize>() <= room {
            true => low = middle,
            false => high = middle - 1,
        }
    }
    capped(low)
}

/// A text cut to a width, with a mark where something is missing.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut left = width.saturating_sub(MARK.width());
    for character in text.chars() {
        let of_character = character.width().unwrap_or_default();
        if of_character > left {
            break;
        }
        left -= of_character;
        cut.push(character);
    }
    cut + MARK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_texts_give_way_first() {
        let fit = |natural: &[usize], total| fit(natural, &vec![true; natural.len()], total, 2);
        assert_eq!(fit(&[5, 10], 80), [5, 10]);
        assert_eq!(fit(&[5, 100, 20], 40), [5, 16, 15].map(|width: usize| width.min(15)));
        assert_eq!(fit(&[100, 100], 32), [15, 15]);
        assert_eq!(fit(&[100, 100, 100], 20), [9, 9]);
        assert_eq!(fit(&[100], 3), [8]);
        assert_eq!(fit(&[], 3), [0; 0]);
    }

    #[test]
    fn a_text_is_cut_at_a_character() {
        for (text, width, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 5, "日本…"),
            ("日本語", 6, "日本語"),
            ("日本語", 4, "日…"),
            ("ab", 0, "…"),
        ] {
            assert_eq!(cut(text, width), expected, "{text} {width}");
        }
    }
}
