//! Asking before something that is for good.

use std::io::{self, Write};

use crate::{error::Error, secrets};

/// Asks `question`; whether the answer was yes.
///
/// # Errors
/// [`Error::Invalid`] when there is nobody to ask; [`Error::Output`] when the terminal fails.
pub fn confirm(question: &str) -> Result<bool, Error> {
    if !secrets::can_ask() {
        return Err(Error::Invalid(
            "this is for good: add --yes to do it without being asked",
        ));
    }
    let mut stderr = io::stderr();
    write!(stderr, "{question}")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
