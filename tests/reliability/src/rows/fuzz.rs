//! A fuzzer makes up bytes for what reads bytes that anybody may have written: the targets of the package `fuzz`, which say
//! what must hold. They are built with coverage, in a directory of their own, and each looks for so many seconds, from its
//! committed corpus and its words; two at a time where there are two cores.
//!
//! The control is each target with a guard taken down. None of the corpus notices that: the fuzzer must find an input that
//! does, in the same time.

use std::{
    collections::VecDeque,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
};

use tempfile::TempDir;

use super::Setting;
use crate::{
    error::Error,
    score::{Score, counted},
};

/// The targets, and the longest input of each in bytes.
const TARGETS: [(&str, usize); 5] = [
    ("database", 64 << 10),
    ("envelope", 4 << 10),
    ("keys", 8 << 10),
    ("manifest", 8 << 10),
    ("sse", 4 << 10),
];
/// What makes rustc count which branches were taken and what was compared, in a form that libFuzzer reads. No nightly
/// compiler is needed for it.
const INSTRUMENTED: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
/// No input may take longer than this many seconds, nor a target more memory than this many MiB.
const SECONDS: usize = 1;
const MIB: usize = 512;
/// The package of the targets.
const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz");

/// Lets every target look, and every target with a guard down.
pub fn run(setting: &Setting) -> Result<Score, Error> {
    let build = Build::make()?;
    let (mut wrong, mut noticed, mut executions) = (Vec::new(), 0, [0; TARGETS.len()]);
    for (n, hunt) in hunts(setting, &build)? {
        let (target, _) = TARGETS[n];
        match (hunt.guard_down, hunt.found) {
            (true, Some(_)) => noticed += 1,
            // Where only some notice, the others have still shown nothing.
            (true, None) => wrong.push(format!("{target}: nothing was found with its guard down")),
            (false, found) => {
                executions[n] += hunt.executions;
                wrong.extend(found.map(|found| format!("{target}: {found}")));
            }
        }
    }
    let [databases, envelopes, keys, manifests, streams] = executions;
    Ok(Score {
        name: "A fuzzer's bytes: data files, sealed values, keys files, manifests, streams of events".into(),
        runs: executions.iter().sum(),
        looked_at: counted([
            (databases, "data files"),
            (envelopes, "sealed values"),
            (keys, "keys files"),
            (manifests, "manifests"),
            (streams, "streams"),
        ]),
        wrong,
        control: "each of the five with a guard taken down".into(),
        noticed: (noticed, TARGETS.len()),
    })
}

/// What one target did in its time.
struct Hunt {
    guard_down: bool,
    executions: usize,
    /// Why it ended before its time, and the input that did it.
    found: Option<String>,
}

/// Every target with its guards and without one, by its place in [`TARGETS`].
fn hunts(setting: &Setting, build: &Build) -> Result<Vec<(usize, Hunt)>, Error> {
    // The slowest first, so that the ends meet.
    let all: VecDeque<_> = [false, true]
        .into_iter()
        .flat_map(|down| (0..TARGETS.len()).map(move |n| (n, down)))
        .collect();
    let (waiting, done) = (Mutex::new(all), Mutex::new(Vec::new()));
    let work = || -> Result<(), Error> {
        loop {
            let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some((n, guard_down)) = next else { return Ok(()) };
            let hunt = build.hunt(TARGETS[n], guard_down, setting)?;
            done.lock().unwrap_or_else(PoisonError::into_inner).push((n, hunt));
        }
    };
    let cores = thread::available_parallelism()?.get().min(2);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let ends = workers
            .into_iter()
            .map(|worker| worker.join().map_err(|_| Error::Setup("a hunt panicked")));
        ends.collect::<Result<Result<(), Error>, Error>>()?
    })?;
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The built targets.
struct Build {
    programs: PathBuf,
    /// Inputs that were found.
    found: PathBuf,
}

impl Build {
    /// Builds the targets beside the other builds, as the flags would have everything built anew there.
    fn make() -> Result<Self, Error> {
        let program = env::current_exe()?;
        let target = program.parent().and_then(Path::parent);
        let folder = target.ok_or(Error::Setup("no folder of a build"))?.join("fuzz");
        // Named, so that the flags are not those of build scripts and macros.
        let triple = format!("{}-unknown-linux-gnu", env::consts::ARCH);
        let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build
            .current_dir(PACKAGE)
            .env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTED.join("\u{1f}"))
            .args([
                "build",
                "--package",
                "fuzz",
                "--features",
                "libfuzzer",
                "--profile",
                "fuzz",
            ])
            .args(["--target", &triple, "--target-dir"])
            .arg(&folder);
        for (target, _) in TARGETS {
            build.args(["--bin", target]);
        }
        if !build.status()?.success() {
            return Err(Error::Setup("the fuzz targets do not build"));
        }
        let found = folder.join("found");
        fs::create_dir_all(&found)?;
        Ok(Self {
            programs: folder.join(triple).join("fuzz"),
            found,
        })
    }

    /// Lets one target look.
    fn hunt(&self, (target, longest): (&str, usize), guard_down: bool, setting: &Setting) -> Result<Hunt, Error> {
        // What libFuzzer keeps, and what the target writes: in memory, where the system has such a place.
        let place = tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new())?;
        let (corpus, scratch) = (place.path().join("corpus"), place.path().join("scratch"));
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&scratch)?;
        let package = Path::new(PACKAGE);
        // What a guard that is down lets through is no finding.
        let inputs = if guard_down {
            place.path().join("noticed-")
        } else {
            self.found.join(format!("{target}-"))
        };
        let mut command = Command::new(self.programs.join(target));
        command
            .arg(format!("-max_total_time={}", setting.runs))
            .arg(format!("-max_len={longest}"))
            .arg(format!("-timeout={SECONDS}"))
            .arg(format!("-rss_limit_mb={MIB}"))
            .arg(format!(
                "-dict={}",
                package
                    .join("dictionaries")
                    .join(target)
                    .with_extension("dict")
                    .display()
            ))
            .arg(format!("-artifact_prefix={}", inputs.display()))
            // None stands for chance.
            .arg(format!("-seed={}", setting.seed.max(1) % u64::from(u32::MAX)))
            .args(["-print_final_stats=1", "-use_value_profile=1"])
            .arg(&corpus)
            .arg(package.join("corpus").join(target))
            .env("TMPDIR", &scratch)
            .env_remove("CCC_FUZZ_GUARD_DOWN")
            .stdin(Stdio::null());
        if guard_down {
            command.env("CCC_FUZZ_GUARD_DOWN", "1");
        }
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        Hunt::read(guard_down, output.status.success(), &said)
    }
}

impl Hunt {
    /// What libFuzzer said of it.
    fn read(guard_down: bool, well: bool, said: &str) -> Result<Self, Error> {
        let after = |word: &str| {
            let rest = said
                .lines()
                .find_map(|line| line.split_once(word))
                .map(|(_, rest)| rest);
            rest.map(|rest| rest.trim().chars().take(300).collect::<String>())
        };
        let executions = after("stat::number_of_executed_units:").and_then(|number| number.parse().ok());
        if let (true, Some(executions)) = (well, executions) {
            return Ok(Self {
                guard_down,
                executions,
                found: None,
            });
        }
        let why = after("broken: ")
            .or_else(|| after("panicked at "))
            .or_else(|| after("ERROR: libFuzzer: "));
        match (after("setting up: "), why, after("Test unit written to ")) {
            (None, Some(why), Some(input)) => Ok(Self {
                guard_down,
                executions: executions.unwrap_or_default(),
                found: Some(format!("{why}, with {input}")),
            }),
            (setup, _, _) => {
                let last = said.lines().last().unwrap_or_default().to_owned();
                Err(Error::Target(setup.unwrap_or(last)))
            }
        }
    }
}
