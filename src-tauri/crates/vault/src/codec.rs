//! Compression before sealing, each value alone, with contexts kept per thread.
//!
//! A context keeps traces of the last text it worked on until its thread ends.

use std::{cell::RefCell, io};

use zeroize::Zeroizing;
use zstd::{
    bulk::{Compressor, Decompressor},
    zstd_safe::{compress_bound, get_frame_content_size},
};

use crate::Error;

/// The largest value, before and after compression: a small envelope cannot ask for more memory than this.
pub const MAX_PLAIN: usize = 64 * 1024 * 1024;
/// zstd's own default: 2.2 times smaller conversations at about 100 MB/s.
const LEVEL: i32 = 3;
/// Below this a value is too short for statistics of its own: a turn's metadata of 222 bytes gets 49 smaller, and of the
/// time it takes to seal a turn four fifths go into compressing its two values.
const WORTHWHILE: usize = 256;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// `plain` compressed, if that makes it smaller.
pub fn compress(plain: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if plain.len() < WORTHWHILE {
        return None;
    }
    let mut out = Zeroizing::new(Vec::with_capacity(compress_bound(plain.len())));
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = context(slot, || Compressor::new(LEVEL)).ok()?;
        compressor.compress_to_buffer(plain, &mut *out).ok()
    })?;
    (out.len() < plain.len()).then_some(out)
}

/// The text of a whole frame that states its size, as [`compress`] makes them.
pub fn decompress(frame: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let size = get_frame_content_size(frame).ok().flatten().ok_or(Error::Damaged)?;
    let size = usize::try_from(size).map_err(|_| Error::TooLarge)?;
    if size > MAX_PLAIN {
        return Err(Error::TooLarge);
    }
    let mut out = Zeroizing::new(Vec::with_capacity(size));
    DECOMPRESSOR.with_borrow_mut(|slot| {
        let decompressor = context(slot, Decompressor::new).map_err(|_| Error::Primitive)?;
        decompressor
            .decompress_to_buffer(frame, &mut *out)
            .map_err(|_| Error::Damaged)
    })?;
    Ok(out)
}

fn context<T>(slot: &mut Option<T>, make: impl FnOnce() -> io::Result<T>) -> io::Result<&mut T> {
    if slot.is_none() {
        *slot = Some(make()?);
    }
    slot.as_mut().ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}
