//! Lines from stdin, read on a thread of their own so that waiting for one does not keep the program from ending.

use std::io::{self, BufRead, Read};

use ccc_engine::memory::MAX_DIRECTIVE_BYTES;
use tokio::sync::mpsc::{Receiver, channel};

use crate::error::Error;

/// A line longer than a directive may be is refused as a whole.
const MAX_LINE: u64 = MAX_DIRECTIVE_BYTES as u64 + 2;

/// The lines of stdin.
pub struct Lines(Receiver<Result<String, Error>>);

impl Lines {
    /// Begins to read.
    ///
    /// # Errors
    /// [`Error::Output`] when the system gives no thread.
    pub fn start() -> Result<Self, Error> {
        let (sender, receiver) = channel(1);
        let read = move || {
            let mut stdin = io::stdin().lock();
            while let Some(line) = next(&mut stdin).transpose() {
                if sender.blocking_send(line).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().name("stdin".to_owned()).spawn(read)?;
        Ok(Self(receiver))
    }

    /// The next line without its end; none at the end of the input.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a line that is too long or not text; the next one can be read all the same.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        self.0.recv().await.transpose()
    }
}

/// The next line; a reading error is the end of the input.
fn next(from: &mut impl BufRead) -> Result<Option<String>, Error> {
    let mut bytes = Vec::new();
    let read = from.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes);
    if !read.is_ok_and(|read| read > 0) {
        return Ok(None);
    }
    if bytes.len() as u64 == MAX_LINE && !bytes.ends_with(b"\n") {
        skip_line(from);
        return Err(Error::Invalid("the line is longer than a directive may be"));
    }
    let text = String::from_utf8(bytes).map_err(|_| Error::Invalid("the line is not UTF-8 text"))?;
    Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
}

fn skip_line(from: &mut impl BufRead) {
    loop {
        let (used, ended) = match from.fill_buf() {
            Ok([]) | Err(_) => return,
            Ok(buffer) => match buffer.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), false),
            },
        };
        from.consume(used);
        if ended {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_does_not_spoil_the_next() {
        let long = "x".repeat(MAX_DIRECTIVE_BYTES + 10);
        let input = [long.as_bytes(), b"\n\xff\xfe\ngood\r\nlast"].concat();
        let mut input = input.as_slice();
        let mut read = || next(&mut input).map_err(|error| error.to_string());
        assert_eq!(read(), Err("the line is longer than a directive may be".to_owned()));
        assert_eq!(read(), Err("the line is not UTF-8 text".to_owned()));
        assert_eq!(read(), Ok(Some("good".to_owned())));
        assert_eq!(read(), Ok(Some("last".to_owned())));
        assert_eq!(read(), Ok(None));
    }
}
