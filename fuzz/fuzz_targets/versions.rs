//! Three texts, one a line, and a range on the fourth: every order stays total and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use versions::{Scheme, compare, compare_rpm_without_epoch, is_valid, ranges, satisfies};

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(4, '\n');
    let [a, b, c, range_text] = std::array::from_fn(|_| lines.next().unwrap_or(""));
    for scheme in Scheme::ALL {
        let (ab, bc, ac) = (compare(scheme, a, b), compare(scheme, b, c), compare(scheme, a, c));
        assert_eq!(ab, compare(scheme, b, a).reverse(), "{scheme:?} {a:?} {b:?}");
        if ab.is_le() && bc.is_le() {
            assert_eq!(ac, ab.then(bc), "{scheme:?} {a:?} {b:?} {c:?}");
        }
        let _ = (is_valid(scheme, a), satisfies(scheme, a, range_text), ranges(scheme, range_text));
    }
    let _ = compare_rpm_without_epoch(a, b);
});
