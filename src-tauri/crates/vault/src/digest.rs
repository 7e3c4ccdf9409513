//! The SHA-256 of what is too large to be held at once.

use std::io::{self, Read};

use ring::digest::{Context, SHA256};

/// SHA-256 of all that `from` gives.
///
/// # Errors
/// Those of reading.
pub fn sha256_of(mut from: impl Read) -> io::Result<[u8; 32]> {
    let (mut context, mut buffer) = (Context::new(&SHA256), vec![0; 1 << 16]);
    loop {
        match from.read(&mut buffer)? {
            0 => break,
            read => context.update(buffer.get(..read).unwrap_or_default()),
        }
    }
    let mut out = [0; 32];
    out.iter_mut()
        .zip(context.finish().as_ref())
        .for_each(|(to, from)| *to = *from);
    Ok(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_read_in_pieces_has_the_digest_of_the_whole() {
        let content = vec![7; (1 << 16) + 100];
        assert_eq!(super::sha256_of(&content[..]).unwrap(), crate::crypto::sha256(&content));
        assert_eq!(super::sha256_of(&[][..]).unwrap(), crate::crypto::sha256(&[]));
    }
}
