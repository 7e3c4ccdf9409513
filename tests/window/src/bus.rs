//! A session bus with an unlocked keychain on it.

use std::{
    io::Write,
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use crate::{Error, Result, waiting};

/// The bus and the keychain, for as long as the home lives.
pub struct Bus(Mutex<Vec<Child>>);

impl Bus {
    /// Starts both; `start` makes a command in the home. Neither sees the display: what asked there would wait for ever.
    ///
    /// # Errors
    /// [`Error::Machine`] when one of them is missing or does not come up.
    pub fn start(socket: &Path, start: &dyn Fn(&str) -> Command) -> Result<Self> {
        let address = format!("unix:path={}", socket.display());
        let daemon = start("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--address", &address])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::machine("dbus-daemon"))?;
        let bus = Self(Mutex::new(vec![daemon]));
        waiting::blocking("the session bus to answer", || UnixStream::connect(socket).is_ok())?;
        // Before anything asks for it: the bus would start a locked one by itself.
        let mut keyring = start("gnome-keyring-daemon")
            .args(["--unlock", "--foreground", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::machine("gnome-keyring-daemon"))?;
        if let Some(mut stdin) = keyring.stdin.take() {
            stdin
                .write_all(b"keyring-password\n")
                .map_err(Error::machine("the keychain's password"))?;
        }
        bus.0.lock().unwrap_or_else(PoisonError::into_inner).push(keyring);
        let mut asked = start("dbus-send");
        asked.env("DBUS_SESSION_BUS_ADDRESS", &address).args([
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.NameHasOwner",
            "string:org.freedesktop.secrets",
        ]);
        waiting::blocking("the keychain to answer", || {
            asked
                .output()
                .is_ok_and(|reply| String::from_utf8_lossy(&reply.stdout).contains("true"))
        })?;
        Ok(bus)
    }

    /// Ends both.
    pub fn end(&self) {
        for mut child in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.end();
    }
}
