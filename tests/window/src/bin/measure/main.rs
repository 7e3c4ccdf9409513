//! Measures the real window: how soon it can be used, what it holds in memory, how it switches and scrolls.
//!
//! Start and memory are taken beside an empty Tauri window, turn and turn about, so that whatever else the machine does
//! hits both alike; what counts is the ratio. Switching and scrolling are timed inside the page. `npm run window:measure`
//! builds what is needed and names it in `CCC_WINDOW`, `CCC_EMPTY_WINDOW` and `CCC_BENCH`; the profile is written by
//! `ccc-bench seed`, in a home of its own.
//!
//! It has no opinion on a busy machine: the load before and after stands above the table.
#![cfg(target_os = "linux")]

mod memory;
mod page;
mod report;
mod start;

use std::{env, fs, io::Write, path::PathBuf, process::ExitCode};

use report::{Report, Spread};
use window::{Error, Home, Result};

/// The accent colour, which both windows paint first near their upper left corner.
pub const ACCENT: [u8; 3] = [0x1f, 0x5f, 0x59];

/// The programs that are measured with.
struct Programs {
    ccc: PathBuf,
    empty: PathBuf,
    bench: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let asked: Vec<String> = env::args().skip(1).collect();
    match run(&asked).await {
        Ok(report) => {
            let _ = write!(std::io::stdout(), "{}", report.shown());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "window-measure: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(asked: &[String]) -> Result<Report> {
    let all = asked.is_empty();
    let wanted = |name: &str| all || asked.iter().any(|each| each == name);
    let programs = Programs {
        ccc: named("CCC_WINDOW")?,
        empty: named("CCC_EMPTY_WINDOW")?,
        bench: named("CCC_BENCH")?,
    };
    let home = Home::new()?;
    seed(&home, &programs.bench)?;
    let mut report = Report::begin();
    if wanted("start") {
        start::measure(&home, &programs, &mut report)?;
    }
    if wanted("memory") {
        memory::measure(&home, &programs, &mut report)?;
    }
    if wanted("switch") || wanted("scroll") {
        let window = page::open(&home).await?;
        if wanted("switch") {
            page::switches(&window, &mut report).await?;
        }
        if wanted("scroll") {
            page::scrolling(&window, &mut report).await?;
        }
        window.quit().await?;
    }
    if let Ok(file) = fs::metadata(&programs.ccc) {
        report.figure("size of the program, MiB", file.len() as f64 / f64::from(1 << 20), None);
    }
    report.end();
    Ok(report)
}

fn named(variable: &str) -> Result<PathBuf> {
    let path = PathBuf::from(env::var_os(variable).unwrap_or_default());
    match path.is_file() {
        true => Ok(path),
        false => Err(Error::machine(format!("{variable} names no program"))(
            std::io::ErrorKind::NotFound.into(),
        )),
    }
}

/// Writes the profile that is measured with.
fn seed(home: &Home, bench: &std::path::Path) -> Result {
    let mut command = home.command(bench);
    command
        .arg("seed")
        .arg(home.data_directory())
        .args(["--for", "measuring"]);
    let status = command.status().map_err(Error::machine("ccc-bench seed"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Error::machine("ccc-bench seed")(std::io::Error::other(
            status.to_string(),
        ))),
    }
}

/// Milliseconds of a sample.
fn ms(took: std::time::Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

/// Adds both sides of a comparison and the ratio of their medians.
fn compare(report: &mut Report, what: &str, ours: &[f64], empty: &[f64], target: Option<f64>) {
    let (of_ours, of_empty) = (Spread::of(ours), Spread::of(empty));
    report.line(&format!("{what}: CCC"), of_ours);
    report.line(&format!("{what}: empty window"), of_empty);
    report.figure(
        &format!("{what}: ratio of the medians"),
        of_ours.p50 / of_empty.p50,
        target,
    );
}
