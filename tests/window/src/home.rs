//! A person's machine, for one test.

use std::{
    fs::{self, OpenOptions},
    io::{Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
};

use tempfile::TempDir;

use crate::{Error, Result, bus::Bus, display::Display, processes, programs};

/// Folders, a display, and a session bus with an unlocked keychain or none. Clones are one; the last one that goes takes
/// the folders and every process that runs in them with it.
#[derive(Clone)]
pub struct Home(Arc<Inner>);

struct Inner {
    bus: Option<Bus>,
    display: Display,
    folder: TempDir,
}

impl Home {
    /// A machine with an unlocked keychain and nothing else on it.
    ///
    /// # Errors
    /// [`Error::Machine`] when one of its programs is missing or does not start.
    pub fn new() -> Result<Self> {
        Self::made(true)
    }

    /// A machine without a session bus, and so without a keychain.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn without_keychain() -> Result<Self> {
        Self::made(false)
    }

    fn made(keychain: bool) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("ccc-window-").tempdir();
        let folder = folder.map_err(Error::machine("a folder for the home"))?;
        for name in ["run", "saves"] {
            fs::create_dir(folder.path().join(name)).map_err(Error::machine(name))?;
        }
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder.path().join("run"), private).map_err(Error::machine("run"))?;
        let root = folder.path();
        let start = |program: &str| plain(program.as_ref(), root);
        let display = Display::start(start("Xvfb"))?;
        let bus = keychain.then(|| Bus::start(&socket(root), &start)).transpose()?;
        Ok(Self(Arc::new(Inner { bus, display, folder })))
    }

    /// The home folder.
    pub fn folder(&self) -> &Path {
        self.0.folder.path()
    }

    /// Where the window saves what a person would be asked a place for.
    pub fn saves(&self) -> PathBuf {
        self.folder().join("saves")
    }

    /// The only file in [`Self::saves`] with this ending, and its bytes.
    ///
    /// # Errors
    /// [`Error::Machine`] when there is none or more than one.
    pub fn saved(&self, ending: &str) -> Result<Vec<u8>> {
        let what = || format!("the one saved file that ends in {ending}");
        let entries = fs::read_dir(self.saves()).map_err(Error::machine(what()))?;
        let all = entries.flatten().map(|entry| entry.path());
        let found: Vec<PathBuf> = all.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
        match found.as_slice() {
            [one] => fs::read(one).map_err(Error::machine(what())),
            other => Err(Error::machine(format!("{}, of {other:?}", what()))(
                std::io::ErrorKind::NotFound.into(),
            )),
        }
    }

    /// A program in this home: its folders, display and bus, and nothing of the person's own environment but the PATH.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = plain(program, self.folder());
        command.env("DISPLAY", self.0.display.name());
        // An address where nothing answers: none at all would have libraries start a bus of their own.
        command.env(
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}", socket(self.folder()).display()),
        );
        command
    }

    /// Runs `ccc-cli` in this home and waits for its end.
    ///
    /// # Errors
    /// [`Error::Machine`] when it cannot be started; a failure of its own is in the output.
    pub fn cli(&self, arguments: &[&str]) -> Result<Output> {
        self.cli_with(&[], arguments)
    }

    /// As [`Self::cli`], with variables of its environment besides.
    ///
    /// # Errors
    /// As [`Self::cli`].
    pub fn cli_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Result<Output> {
        let mut command = self.command(&programs::cli()?);
        command
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::null());
        command.output().map_err(Error::machine("ccc-cli"))
    }

    /// Asks the window that a process has on the display to close, as its closing button does; whether it has one.
    ///
    /// # Errors
    /// [`Error::Display`].
    pub fn ask_to_close(&self, pid: i32) -> Result<bool> {
        self.0.display.ask_to_close(pid)
    }

    /// Whether the window that a process has on the display shows this colour, as red, green and blue, near its upper
    /// left corner.
    ///
    /// # Errors
    /// [`Error::Display`].
    pub fn shows(&self, pid: i32, colour: [u8; 3]) -> Result<bool> {
        self.0.display.shows(pid, colour)
    }

    /// Every process that runs in this home.
    pub fn processes(&self) -> Vec<i32> {
        processes::of(self.folder())
    }

    /// Where CCC keeps its profile in this home.
    pub fn data_directory(&self) -> PathBuf {
        self.folder().join("data/ccc")
    }

    /// Overwrites the first half of the data file but its first page, as a failing disk might.
    ///
    /// # Errors
    /// [`Error::Machine`] when it cannot be written.
    pub fn spoil_data(&self) -> Result {
        let path = self.data_directory().join("data.ccc");
        let spoil = || {
            let length = fs::metadata(&path)?.len();
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.seek(SeekFrom::Start(4096))?;
            file.write_all(&vec![0xa5; usize::try_from(length / 2).unwrap_or(0)])
        };
        spoil().map_err(Error::machine("spoiling the data file"))
    }

    /// Takes the keychain away and leaves the rest.
    pub fn lose_keychain(&self) {
        if let Some(bus) = &self.0.bus {
            bus.end();
        }
    }

    /// The display all of its windows are on.
    pub(crate) fn display(&self) -> &Display {
        &self.0.display
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        processes::end_all(self.folder.path());
    }
}

fn socket(root: &Path) -> PathBuf {
    root.join("run/bus")
}

fn plain(program: &Path, root: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    for kept in ["PATH", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    let folders = [
        ("HOME", ""),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "run"),
        ("CCC_TEST_SAVE_FOLDER", "saves"),
    ];
    for (name, folder) in folders {
        command.env(
            name,
            if folder.is_empty() {
                root.to_owned()
            } else {
                root.join(folder)
            },
        );
    }
    // Drawn by this machine's processor, in one language and time zone, and without a bus for screen readers.
    let fixed = [
        ("LIBGL_ALWAYS_SOFTWARE", "1"),
        ("GDK_BACKEND", "x11"),
        ("NO_AT_BRIDGE", "1"),
    ];
    command.envs(fixed).envs([("LANG", "C.UTF-8"), ("TZ", "UTC")]);
    command
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]
mod tests {
    use super::*;

    #[test]
    fn a_home_that_goes_takes_its_folder_and_every_process_in_it_with_it() {
        let home = Home::new().unwrap();
        let folder = home.folder().to_owned();
        let mut stray = home.command(Path::new("sleep"));
        let mut stray = stray
            .arg("600")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        assert_eq!(
            processes::of(&folder).len(),
            4,
            "the display, the bus, the keychain and what a test started"
        );
        drop(home);
        assert_eq!(processes::of(&folder), Vec::<i32>::new());
        assert!(!folder.exists());
        assert!(!stray.wait().unwrap().success(), "it did not end by itself");
    }
}
