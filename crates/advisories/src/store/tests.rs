use std::cell::RefCell;
use std::io;

thread_local! {
    /// Name of the step that fails, how often it is passed before, and the error.
    static FAULT: RefCell<Option<(String, usize, io::ErrorKind)>> = const { RefCell::new(None) };
}

/// Fails where a test asked for it.
pub(super) fn step(name: &str) -> io::Result<()> {
    FAULT.with_borrow_mut(|fault| match fault {
        Some((wanted, 0, kind)) if wanted == name => Err(io::Error::from(*kind)),
        Some((wanted, left, _)) if wanted == name => {
            *left -= 1;
            Ok(())
        }
        _ => Ok(()),
    })
}
