//! A computer as far as a program sees one: an empty home, and a keychain or none.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::error::Error;

/// Unlocking must come before anything else touches the service: the bus would start a locked one by itself.
const UNLOCKED: &str = r#"
eval "$(printf 'keyring-password\n' | gnome-keyring-daemon --unlock --components=secrets)"
for _ in $(seq 200); do
    dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true && break
    sleep 0.05
done
exec "$@""#;
const LOCKED: &str = r#"exec "$@""#;

/// What of a keychain a program finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyring {
    /// No session bus.
    None,
    /// GNOME's keyring, locked, and nobody to unlock it.
    Locked,
    /// GNOME's keyring, open.
    Unlocked,
}

/// A computer.
pub struct Machine {
    home: PathBuf,
}

impl Machine {
    /// With a home at `home`, made empty.
    pub fn new(home: PathBuf) -> Result<Self, Error> {
        let runtime = home.join("run");
        fs::create_dir_all(&runtime)?;
        fs::create_dir_all(home.join("tmp"))?;
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700))?;
        Ok(Self { home })
    }

    /// Where a profile would be.
    pub fn profile(&self) -> PathBuf {
        self.home.join("profile")
    }

    /// This program with `arguments`, on it. It sees nothing of the session it is started from.
    pub fn program(&self, keyring: Keyring, arguments: &[&str]) -> Result<Command, Error> {
        let own = env::current_exe()?;
        let mut command = match keyring {
            Keyring::None => Command::new(own),
            Keyring::Locked | Keyring::Unlocked => {
                let script = if keyring == Keyring::Locked { LOCKED } else { UNLOCKED };
                let mut command = Command::new("dbus-run-session");
                command.args(["--", "bash", "-euc", script, "inner"]).arg(own);
                command
            }
        };
        command
            .args(arguments)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("TMPDIR", self.home.join("tmp"))
            .env("XDG_DATA_HOME", self.home.join("data"))
            .env("XDG_CONFIG_HOME", self.home.join("config"))
            .env("XDG_CACHE_HOME", self.home.join("cache"))
            .env("XDG_RUNTIME_DIR", self.home.join("run"))
            .stdin(Stdio::null());
        Ok(command)
    }

    /// The lines such a program says. One that ends badly says why on a line of its own, which begins with `wrong`.
    pub fn said(&self, keyring: Keyring, arguments: &[&str]) -> Result<Vec<String>, Error> {
        let output = self.program(keyring, arguments)?.output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            let last = lines.last().cloned().unwrap_or_default();
            lines.push(format!(
                "wrong {} ended badly: {last} {}",
                arguments.join(" "),
                why.trim()
            ));
        }
        Ok(lines)
    }
}

/// What stands after `word` on the first line that begins with it.
pub fn after(lines: &[String], word: &str) -> Option<String> {
    lines
        .iter()
        .find_map(|line| Some(line.strip_prefix(word)?.trim().to_owned()))
}

/// What stands after `wrong` on all lines.
pub fn wrong(lines: &[String]) -> impl Iterator<Item = &str> {
    lines.iter().filter_map(|line| line.strip_prefix("wrong "))
}
