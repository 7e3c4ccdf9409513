//! A profile in a directory of its own, and processes that use it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

pub const PASSPHRASE: &str = "seven small stones";

/// A process that does not end within this has hung.
const LIMIT: Duration = Duration::from_secs(120);

/// What a process left.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The exit status and the code on stderr, in text or in JSON.
    pub fn failure(&self) -> (i32, String) {
        let text = self
            .err
            .lines()
            .find_map(|line| line.strip_prefix("error[")?.split_once("]: "));
        let code = match text {
            Some((code, _)) => code.to_owned(),
            None => {
                let json = self
                    .err
                    .lines()
                    .find_map(|line| serde_json::from_str::<Value>(line).ok());
                json.and_then(|json| Some(json["error"]["code"].as_str()?.to_owned()))
                    .unwrap_or_default()
            }
        };
        (self.status.unwrap_or(-1), code)
    }
}

/// A profile's directory, and how processes are started on it.
pub struct Profile {
    /// Where processes run, and where exports without a name go.
    pub work: TempDir,
    pub data: PathBuf,
}

impl Profile {
    /// Not set up yet.
    pub fn new() -> Self {
        let work = TempDir::new().unwrap();
        let data = work.path().join("data");
        Self { work, data }
    }

    /// Set up with [`PASSPHRASE`] and without keychain; and its recovery key.
    pub fn ready() -> (Self, String) {
        let profile = Self::new();
        let out = profile.ok(&["init"]);
        let key = out.lines().map(str::trim).find(|line| line.len() == 44).unwrap();
        (profile, key.to_owned())
    }

    /// A command on this profile, with the passphrase in its environment and nothing on its stdin.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ccc-cli"));
        command
            .args(args)
            .current_dir(self.work.path())
            .env("CCC_DATA_DIR", &self.data)
            .env("CCC_NO_KEYCHAIN", "1")
            .env("CCC_PASSPHRASE", PASSPHRASE)
            .env_remove("CCC_RECOVERY_KEY")
            .env_remove("CCC_API_KEY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        finish(self.command(args).spawn().unwrap())
    }

    /// As [`Self::run`], with `input` on stdin.
    pub fn input(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
        // A process that refuses its input closes it early.
        let writing = thread::spawn(move || drop(stdin.write_all(&input)));
        let ran = finish(child);
        writing.join().unwrap();
        ran
    }

    /// What a command that succeeds prints.
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.status, Some(0), "{args:?} succeeds: {ran:?}");
        ran.out
    }

    /// What a command that succeeds prints, as JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(args)).unwrap()
    }

    pub fn failure(&self, args: &[&str]) -> (i32, String) {
        self.run(args).failure()
    }

    /// A completed cycle on `directive`: its session and conversation.
    pub fn cycle(&self, directive: &str) -> (String, String) {
        let report = report(&self.ok(&["run", directive, "--json"]));
        (text(&report["session_id"]), text(&report["conversation_id"]))
    }
}

/// The end of a process and all it printed.
pub fn finish(child: Child) -> Ran {
    let (sender, receiver) = mpsc::channel();
    let id = child.id();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Output { status, stdout, stderr } = receiver
        .recv_timeout(LIMIT)
        .unwrap_or_else(|_| panic!("process {id} does not end"))
        .unwrap();
    Ran {
        status: status.code(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// Reads until `text` came, and gives what was read with the reader to go on.
pub fn read_until(mut out: BufReader<ChildStdout>, text: &str) -> (String, BufReader<ChildStdout>) {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&seen).contains(text) {
        let read = out.read(&mut byte).unwrap();
        assert_eq!(
            read,
            1,
            "{text:?} comes before the end: {}",
            String::from_utf8_lossy(&seen)
        );
        seen.push(byte[0]);
    }
    (String::from_utf8_lossy(&seen).into_owned(), out)
}

/// The events of `--json`.
pub fn events(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The last event, which is the report.
pub fn report(out: &str) -> Value {
    let last = events(out).pop().unwrap();
    assert_eq!(last["event"], "report", "the report is the last line");
    last
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The files in a directory, sorted, logs and lock aside.
pub fn files(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "logs" && name != "profile.lock");
    names.sort();
    names
}

/// The first line of a process's stdout, and the rest.
pub fn first_line(child: &mut Child) -> (String, BufReader<ChildStdout>) {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    (line, out)
}
