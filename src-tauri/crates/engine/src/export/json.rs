//! The lossless form: one JSON object with a format name and a schema version.

use serde::Serialize;

use crate::Error;

/// The name that says what the file is.
pub const FORMAT: &str = "ccc-session";
/// The schema's version; it grows when a field changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// The file's text: indented, so that two exports can be compared line by line.
pub(crate) fn render(export: &impl Serialize) -> Result<String, Error> {
    let mut text =
        serde_json::to_string_pretty(export).map_err(|_| Error::Internal("an export could not be written as JSON"))?;
    text.push('\n');
    Ok(text)
}
