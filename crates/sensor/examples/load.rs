//! System calls at a set rate, for `cargo xtask bench --only watch`.
//!
//! ```text
//! load open|mixture|exec RATE SECONDS     so many calls a second; prints calls, seconds, and its CPU seconds
//! load getppid                            prints the nanoseconds of one call, least of 40 rounds
//! ```
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a generator of load ends by panicking")]

use rustix::fs::{AtFlags, CWD, Mode, OFlags, open, renameat, unlinkat};
use rustix::net::{
    AddressFamily, SendFlags, SocketAddrV4, SocketType, bind, connect, getsockname, sendto, socket,
};
use rustix::time::{ClockId, clock_gettime};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["getppid"] => println!("{:.2}", getppid_ns()),
        [mix, rate, seconds] => {
            // In memory where there is such a place: a journal on a disk is slower than any sensor.
            let place = if Path::new("/run").is_dir() { PathBuf::from("/run") } else { std::env::temp_dir() };
            let directory = place.join(format!("seawall-load-{}", std::process::id()));
            std::fs::create_dir_all(&directory).unwrap();
            let (calls, taken) = match mix {
                "open" => paced(rate, seconds, &mut Open { path: file(&directory) }),
                "mixture" => paced(rate, seconds, &mut Mixture::new(&directory)),
                "exec" => paced(rate, seconds, &mut Exec),
                _ => panic!("what is '{mix}'?"),
            };
            std::fs::remove_dir_all(&directory).unwrap();
            let cpu = clock_gettime(ClockId::ProcessCPUTime);
            let cpu_secs = cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9;
            println!("{calls} {:.4} {cpu_secs:.4}", taken.as_secs_f64());
        }
        _ => panic!("load open|mixture|exec RATE SECONDS, or load getppid"),
    }
}

/// What is done again and again.
trait Work {
    /// Does a piece; says how many calls that was, of those that rules name.
    fn piece(&mut self) -> u64;
}

/// Pieces of work, so that each millisecond has its part of the rate.
fn paced(rate: &str, seconds: &str, work: &mut dyn Work) -> (u64, Duration) {
    let (rate, seconds): (f64, f64) = (rate.parse().unwrap(), seconds.parse().unwrap());
    let (start, time) = (Instant::now(), Duration::from_secs_f64(seconds));
    let mut calls = 0_u64;
    loop {
        let elapsed = start.elapsed();
        if elapsed >= time {
            return (calls, elapsed);
        }
        let due = (elapsed.as_secs_f64() * rate) as u64;
        while calls < due {
            calls += work.piece();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn file(directory: &Path) -> PathBuf {
    let path = directory.join("read");
    std::fs::write(&path, "x").unwrap();
    path
}

/// A file opened for reading, and closed: two calls, as Falco counts them.
struct Open {
    path: PathBuf,
}

impl Work for Open {
    fn piece(&mut self) -> u64 {
        drop(open(&self.path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).unwrap());
        2
    }
}

/// Calls that rules name: files opened for reading (some are not there), for writing, moved and removed, descriptors made others,
/// connections and datagrams. What closes them is not counted.
struct Mixture {
    read: PathBuf,
    missing: PathBuf,
    written: PathBuf,
    moved: PathBuf,
    socket: OwnedFd,
    target: SocketAddrV4,
    _receiver: OwnedFd,
}

impl Mixture {
    fn new(directory: &Path) -> Self {
        let receiver = socket(AddressFamily::INET, SocketType::DGRAM, None).unwrap();
        bind(&receiver, &SocketAddrV4::new([127, 0, 0, 1].into(), 0)).unwrap();
        let target = SocketAddrV4::try_from(getsockname(&receiver).unwrap()).unwrap();
        Self {
            read: file(directory),
            missing: directory.join("missing"),
            written: directory.join("written"),
            moved: directory.join("moved"),
            socket: socket(AddressFamily::INET, SocketType::DGRAM, None).unwrap(),
            target,
            _receiver: receiver,
        }
    }
}

impl Work for Mixture {
    fn piece(&mut self) -> u64 {
        let reading = OFlags::RDONLY | OFlags::CLOEXEC;
        for _ in 0..24 {
            drop(open(&self.read, reading, Mode::empty()).unwrap());
        }
        for _ in 0..8 {
            assert!(open(&self.missing, reading, Mode::empty()).is_err());
        }
        for _ in 0..6 {
            let writing = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
            drop(open(&self.written, writing, Mode::RUSR | Mode::WUSR).unwrap());
        }
        renameat(CWD, &self.written, CWD, &self.moved).unwrap();
        unlinkat(CWD, &self.moved, AtFlags::empty()).unwrap();
        for _ in 0..4 {
            connect(&self.socket, &self.target).unwrap();
        }
        for _ in 0..4 {
            // The receiver's room is soon full: what comes then is dropped by the kernel.
            sendto(&self.socket, b"x", SendFlags::DONTWAIT, &self.target).unwrap();
        }
        for _ in 0..2 {
            drop(rustix::io::dup(&self.socket).unwrap());
        }
        50
    }
}

/// A program run to its end.
struct Exec;

impl Work for Exec {
    fn piece(&mut self) -> u64 {
        assert!(Command::new("/bin/true").env_clear().status().unwrap().success());
        1
    }
}

fn getppid_ns() -> f64 {
    const CALLS: u32 = 200_000;
    let round = || {
        let start = Instant::now();
        for _ in 0..CALLS {
            std::hint::black_box(rustix::process::getppid());
        }
        start.elapsed().as_nanos() as f64 / f64::from(CALLS)
    };
    (0..40).map(|_| round()).fold(f64::MAX, f64::min)
}
