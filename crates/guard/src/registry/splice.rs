//! From one socket to another inside the kernel (splice(2)): nothing is copied to the guard.

use rustix::{
    io::Errno,
    net::sockopt::{Timeout, set_socket_timeout},
    pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice},
};
use std::{
    io::{self, ErrorKind},
    os::fd::{AsFd as _, BorrowedFd},
    time::Duration,
};

/// As much as everybody may have (`/proc/sys/fs/pipe-max-size`).
const PIPE_BYTES: usize = 1 << 20;

/// Passes on exactly so many bytes; how many that was: none when there is no pipe to be had. Reading waits as long as the socket
/// says, writing at most `idle` for each part to be taken.
pub(super) fn all(from: BorrowedFd<'_>, into: BorrowedFd<'_>, bytes: u64, idle: Duration) -> io::Result<u64> {
    let Ok((out, input)) = pipe_with(PipeFlags::CLOEXEC) else { return Ok(0) };
    // With less it works as well.
    let _ = fcntl_setpipe_size(&input, PIPE_BYTES);
    set_socket_timeout(into, Timeout::Send, Some(idle))?;
    let mut left = bytes;
    while left > 0 {
        let wanted = usize::try_from(left).map_or(PIPE_BYTES, |left| left.min(PIPE_BYTES));
        let mut waiting = once(from, input.as_fd(), wanted, SpliceFlags::MOVE)?;
        if waiting == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        left -= waiting as u64;
        let flags = if left > 0 { SpliceFlags::MOVE | SpliceFlags::MORE } else { SpliceFlags::MOVE };
        while waiting > 0 {
            waiting -= once(out.as_fd(), into, waiting, flags)?;
        }
    }
    Ok(bytes)
}

fn once(from: BorrowedFd<'_>, into: BorrowedFd<'_>, bytes: usize, flags: SpliceFlags) -> io::Result<usize> {
    loop {
        match splice(from, None, into, None, bytes, flags) {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Err(ErrorKind::TimedOut.into()),
            result => return Ok(result?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read as _, Write as _},
        net::{TcpListener, TcpStream},
        thread,
    };

    /// Both ends of a connection.
    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    }

    fn splice(from: &TcpStream, into: &TcpStream, bytes: usize, idle: Duration) -> io::Result<u64> {
        all(from.as_fd(), into.as_fd(), bytes as u64, idle)
    }

    #[test]
    fn all_of_it_and_no_more_is_passed_on() {
        let content: Vec<u8> = (0..5_000_003_u32).map(|number| (number % 253) as u8).collect();
        let ((mut registry, from), (into, mut client)) = (pair(), pair());
        let sent = [&content[..], b"the next answer"].concat();
        let sending = thread::spawn(move || registry.write_all(&sent).map(|()| registry));
        let reading = thread::spawn(move || {
            let mut read = Vec::new();
            client.read_to_end(&mut read).map(|_| read)
        });
        let passed = splice(&from, &into, content.len(), Duration::from_secs(20)).unwrap();
        drop(into);
        assert_eq!(passed, content.len() as u64);
        assert!(reading.join().unwrap().unwrap() == content);
        drop(sending.join().unwrap().unwrap());
        let mut next = String::new();
        (&from).read_to_string(&mut next).unwrap();
        assert_eq!(next, "the next answer");
    }

    #[test]
    fn who_ends_early_or_takes_nothing_is_an_error() {
        let ((mut registry, from), (into, _client)) = (pair(), pair());
        registry.write_all(b"half").unwrap();
        drop(registry);
        let error = splice(&from, &into, 8, Duration::from_secs(20)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);

        let ((mut registry, from), (into, _client)) = (pair(), pair());
        // It is told that nobody listens any more when `from` ends.
        let sending = thread::spawn(move || registry.write_all(&vec![0; 64 << 20]).is_err());
        let error = splice(&from, &into, 64 << 20, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        drop(from);
        assert!(sending.join().unwrap());
    }
}
