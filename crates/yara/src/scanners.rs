//! One scanner for each thread and part of a pack.

use self_cell::self_cell;
use std::cell::RefCell;
use std::sync::Arc;
use yara_x::{Rules, Scanner};

/// Scanners kept by one thread. Each holds the state of a WebAssembly instance (about 1 MB, address space apart).
const SCANNERS_MAX: usize = 24;
/// Files after which a scanner is made anew, so that what modules keep of the files they saw does not pile up
/// (yara-x pull request 490).
const FILES_MAX: u32 = 4_096;

self_cell!(
    /// A scanner and the rules that it borrows.
    struct OwnedScanner {
        owner: Arc<Rules>,
        #[not_covariant]
        dependent: Scanner,
    }
);

struct Kept {
    files: u32,
    scanner: OwnedScanner,
}

thread_local! {
    static SCANNERS: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

/// What becomes of a scanner after its use.
pub(crate) enum Fate {
    /// It is kept for the next file.
    Keep,
    /// Its state is not certain.
    Drop,
}

/// Lends this thread's scanner for some rules. A scanner whose user panics is dropped.
pub(crate) fn with_scanner<T>(rules: Arc<Rules>, work: impl FnOnce(&mut Scanner<'_>) -> (T, Fate)) -> T {
    let taken = SCANNERS.with_borrow_mut(|kept| {
        let at = kept.iter().position(|kept| Arc::ptr_eq(kept.scanner.borrow_owner(), &rules))?;
        Some(kept.remove(at))
    });
    let mut kept = taken.unwrap_or_else(|| {
        let scanner = OwnedScanner::new(rules, |rules| Scanner::new(rules));
        Kept { files: 0, scanner }
    });
    kept.files += 1;
    let (answer, fate) = kept.scanner.with_dependent_mut(|_, scanner| work(scanner));
    if matches!(fate, Fate::Keep) && kept.files < FILES_MAX {
        SCANNERS.with_borrow_mut(|all| {
            // Nobody else holds the rules of a pack that is gone.
            all.retain(|kept| Arc::strong_count(kept.scanner.borrow_owner()) > 1);
            if all.len() >= SCANNERS_MAX {
                all.remove(0);
            }
            all.push(kept);
        });
    }
    answer
}
