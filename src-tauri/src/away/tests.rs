//! Sleep as the system tells it: a private bus with a stand-in for logind on it.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    os::fd::OwnedFd as StdFd,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

use tempfile::TempDir;
use zbus::{
    blocking::{Connection, connection::Builder},
    interface,
    object_server::SignalEmitter,
    zvariant::OwnedFd,
};

use super::sleep;

const LONG: Duration = Duration::from_secs(20);

/// A bus that ends with the test.
struct Bus {
    daemon: Child,
    address: String,
    /// Where the daemon keeps what it writes.
    _folder: TempDir,
}

impl Bus {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .env("XDG_RUNTIME_DIR", folder.path())
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is not installed: this test needs the package dbus");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        let address = address.trim().to_owned();
        Self {
            daemon,
            address,
            _folder: folder,
        }
    }

    fn connect(&self) -> Builder<'_> {
        Builder::address(self.address.as_str()).unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// As logind: hands out the end of a pipe whose closing says that sleep may begin.
struct Login {
    held: Sender<File>,
}

#[interface(name = "org.freedesktop.login1.Manager")]
impl Login {
    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> OwnedFd {
        assert_eq!((what, mode), ("sleep", "delay"));
        let (theirs, ours) = std::io::pipe().unwrap();
        self.held.send(File::from(StdFd::from(theirs))).unwrap();
        OwnedFd::from(StdFd::from(ours))
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

/// The stand-in, and each pipe it hands out.
fn login(bus: &Bus) -> (Connection, Receiver<File>) {
    let (held, pipes) = channel();
    let builder = bus.connect().name("org.freedesktop.login1").unwrap();
    let builder = builder.serve_at("/org/freedesktop/login1", Login { held }).unwrap();
    (builder.build().unwrap(), pipes)
}

fn tell(login: &Connection, start: bool) {
    let path = "/org/freedesktop/login1";
    login
        .emit_signal(
            None::<&str>,
            path,
            "org.freedesktop.login1.Manager",
            "PrepareForSleep",
            &start,
        )
        .unwrap();
}

#[test]
fn the_profile_locks_before_the_computer_sleeps_and_sleep_waits_for_it() {
    let bus = Bus::start();
    let (login, pipes) = login(&bus);
    let (locked, locks) = channel();
    let (allow, allowed) = channel::<()>();
    let client = bus.connect().build().unwrap();
    std::thread::spawn(move || {
        sleep::follow(&client, move || {
            locked.send(()).unwrap();
            allowed.recv().unwrap();
        })
    });
    for round in 1..=2 {
        let mut pipe = pipes.recv_timeout(LONG).expect("sleep is asked to wait");
        tell(&login, true);
        locks.recv_timeout(LONG).expect("told to lock");
        let (ended, ends) = channel();
        std::thread::spawn(move || {
            // Ends when the other end is closed.
            pipe.read_to_end(&mut Vec::new()).unwrap();
            ended.send(()).unwrap();
        });
        let early = ends.recv_timeout(Duration::from_millis(200));
        assert!(early.is_err(), "round {round}: sleep waits while it is locked");
        allow.send(()).unwrap();
        ends.recv_timeout(LONG).expect("let go of when it is locked");
        tell(&login, false);
    }
    pipes.recv_timeout(LONG).expect("asked to wait again after each waking");
    assert!(locks.try_recv().is_err(), "waking locks nothing");
}
