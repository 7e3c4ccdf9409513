//! From a passphrase to a key: Argon2id within fixed bounds.

use argon2::{Algorithm, Argon2, Params, Version};

use crate::{
    Error,
    crypto::{Key32, derive},
};

/// The cost of one derivation. Held in the slot and authenticated with it.
///
/// Bounds hold before anything is derived, so that a tampered keys file can neither weaken a passphrase nor make the
/// program allocate without end. The floor is OWASP's minimum for Argon2id (19 MiB, 2 passes, 1 lane).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfParams {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    cheap: bool,
}

impl Default for KdfParams {
    /// 64 MiB, 3 passes, 1 lane: 0.2 s on a current machine.
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            passes: 3,
            lanes: 1,
            cheap: false,
        }
    }
}

impl KdfParams {
    const FLOOR: [u32; 3] = [19 * 1024, 2, 1];
    const CEILING: [u32; 3] = [1024 * 1024, 20, 4];
    const TESTS_FLOOR: [u32; 3] = [64, 1, 1];

    /// This cost: memory in KiB, passes, lanes.
    ///
    /// # Errors
    /// [`Error::KdfOutOfBounds`] below 19 MiB, 2 passes, 1 lane or above 1 GiB, 20 passes, 4 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, Error> {
        Self::default().checked([memory_kib, passes, lanes])
    }

    /// A cost of almost nothing, for tests alone. A key manager given this also accepts slots this cheap, and only
    /// such a one does: that the feature is compiled in weakens no other.
    #[cfg(any(test, feature = "test-kdf"))]
    pub const fn for_tests() -> Self {
        let [memory_kib, passes, lanes] = Self::TESTS_FLOOR;
        Self {
            memory_kib,
            passes,
            lanes,
            cheap: true,
        }
    }

    /// Memory in KiB, passes, lanes.
    pub(crate) const fn costs(self) -> [u32; 3] {
        [self.memory_kib, self.passes, self.lanes]
    }

    /// `costs` as read from a slot, if they lie within the bounds this value stands for.
    pub(crate) fn checked(self, costs: [u32; 3]) -> Result<Self, Error> {
        let floor = if self.cheap { Self::TESTS_FLOOR } else { Self::FLOOR };
        let low = costs.iter().zip(floor).any(|(cost, floor)| *cost < floor);
        let high = costs.iter().zip(Self::CEILING).any(|(cost, ceiling)| *cost > ceiling);
        if low || high {
            return Err(Error::KdfOutOfBounds);
        }
        let [memory_kib, passes, lanes] = costs;
        Ok(Self {
            memory_kib,
            passes,
            lanes,
            cheap: self.cheap,
        })
    }

    /// The key encryption key of `passphrase` under this cost. Takes its time on purpose.
    pub(crate) fn derive(self, passphrase: &[u8], salt: &[u8], label: &str) -> Result<Key32, Error> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|_| Error::Primitive)?;
        let mut out = Key32::zero();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, salt, out.bytes_mut())
            .map_err(|_| Error::Primitive)?;
        derive(salt, out.bytes(), label)
    }
}
