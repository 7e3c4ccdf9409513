//! Pictures of the real window with work in it, into `docs/screenshots`: each of its screens, wide and narrow, light and
//! dark. `npm run screenshots` builds what is needed and names it in `CCC_WINDOW` and `CCC_BENCH`.
//!
//! The work is made up and written by `ccc-bench seed`, in a home of its own. Nobody's profile is read.
#![cfg(target_os = "linux")]

mod tour;

use std::{env, fs, io::Write, path::PathBuf, process::ExitCode};

use window::{Error, Home, Result};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "window-pictures: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "docs/screenshots".to_owned()));
    fs::create_dir_all(&folder).map_err(Error::machine("the folder for the pictures"))?;
    for size in tour::SIZES {
        for theme in tour::THEMES {
            // A machine of its own for each, so that no picture depends on the one before.
            let fresh = Home::new()?;
            tour::first_run(&fresh, &folder, size, theme).await?;
            let home = Home::new()?;
            seed(&home)?;
            tour::work(&home, &folder, size, theme).await?;
        }
    }
    Ok(())
}

fn seed(home: &Home) -> Result {
    let bench = PathBuf::from(env::var_os("CCC_BENCH").unwrap_or_default());
    let mut command = home.command(&bench);
    command
        .arg("seed")
        .arg(home.data_directory())
        .args(["--for", "pictures"]);
    let status = command.status().map_err(Error::machine("ccc-bench seed"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Error::machine("ccc-bench seed")(std::io::Error::other(
            status.to_string(),
        ))),
    }
}
