//! Programs whose disk is watched, or made to fail, by `disk.c`.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::error::Error;

/// The compiled `disk.c`.
pub struct Disk {
    library: PathBuf,
}

/// A call to the disk that is to fail.
#[derive(Debug, Clone, Copy)]
pub struct Failing {
    /// Which one, from 1, of those that change or sync something.
    pub at: u64,
    /// The system's number of the error; 0: a write is done by half.
    pub errno: i32,
    /// All from there on, until the disk is whole again.
    pub forever: bool,
}

impl Disk {
    /// Compiles it into `place` with the system's C compiler.
    pub fn compile(place: &Path) -> Result<Self, Error> {
        let (source, library) = (place.join("disk.c"), place.join("disk.so"));
        std::fs::write(&source, include_str!("disk.c"))?;
        let done = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"])
            .arg(&library)
            .arg(&source)
            .arg("-ldl")
            .status()?;
        if !done.success() {
            return Err(Error::Setup("disk.c does not compile"));
        }
        Ok(Self { library })
    }

    /// This program with `arguments`, its disk below `root` recorded into `log`.
    pub fn recorded(&self, root: &Path, log: &Path, arguments: &[String]) -> Result<Command, Error> {
        let mut command = Self::program(arguments)?;
        command
            .env("LD_PRELOAD", &self.library)
            .env("CCC_DISK_ROOT", root)
            .env("CCC_DISK_LOG", log);
        Ok(command)
    }

    /// The same, with a call that fails until the file `lift` is there.
    pub fn failing(
        &self,
        root: &Path,
        log: &Path,
        failing: Failing,
        lift: &Path,
        arguments: &[String],
    ) -> Result<Command, Error> {
        let mut command = self.recorded(root, log, arguments)?;
        command
            .env("CCC_DISK_FAIL_AT", failing.at.to_string())
            .env("CCC_DISK_ERRNO", failing.errno.to_string())
            .env("CCC_DISK_FOREVER", i32::from(failing.forever).to_string())
            .env("CCC_DISK_LIFT", lift);
        Ok(command)
    }

    /// This program with `arguments`, on the disk as it is.
    pub fn program(arguments: &[String]) -> Result<Command, Error> {
        let mut command = Command::new(env::current_exe()?);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }

    /// Starts this program with `arguments` and hands each line that it says to `enough`, an empty one first, until that is
    /// so or it has ended; kills it so long after that, and returns what it said meanwhile.
    pub fn until_killed(
        arguments: &[String],
        mut enough: impl FnMut(&str) -> bool,
        moment: impl FnOnce() -> Duration,
    ) -> Result<String, Error> {
        let mut child = Self::program(arguments)?.spawn()?;
        let mut said = BufReader::new(child.stdout.take().ok_or(Error::Setup("a program without an output"))?);
        let mut text = String::new();
        while !enough(&text) {
            text.clear();
            if said.read_line(&mut text)? == 0 {
                break;
            }
        }
        text.clear();
        thread::sleep(moment());
        child.kill()?;
        said.read_to_string(&mut text)?;
        child.wait()?;
        Ok(text)
    }

    /// As [`Self::until_killed`] of a program that says `begun`, then `done …` for each thing it has done: what it said was
    /// done.
    pub fn done_until_killed(arguments: &[String], moment: Duration) -> Result<Vec<String>, Error> {
        let mut begun = false;
        let first = |line: &str| {
            begun = line == "begun\n";
            !line.is_empty()
        };
        let text = Self::until_killed(arguments, first, || moment)?;
        if !begun {
            return Err(Error::Setup("a program did not begin its work"));
        }
        // A line cut in two was not said.
        let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        Ok(whole
            .filter_map(|line| Some(line.strip_prefix("done ")?.to_owned()))
            .collect())
    }
}
