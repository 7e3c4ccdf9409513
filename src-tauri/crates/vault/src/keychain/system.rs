//! The native store of each system. Only the one for Linux was run; those for macOS and Windows are not verified.

use std::{error::Error as StdError, io, sync::Arc};

use keyring_core::{CredentialStore, Error};

use super::KeychainError;

/// The Secret Service, over the session's D-Bus.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn store() -> Result<Arc<CredentialStore>, Error> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

/// The login keychain.
#[cfg(target_os = "macos")]
pub fn store() -> Result<Arc<CredentialStore>, Error> {
    let store: Arc<CredentialStore> = apple_native_keyring_store::keychain::Store::new()?;
    Ok(store)
}

/// The Credential Manager.
#[cfg(windows)]
pub fn store() -> Result<Arc<CredentialStore>, Error> {
    let store: Arc<CredentialStore> = windows_native_keyring_store::Store::new()?;
    Ok(store)
}

/// What an entry is made with, beside service and account.
pub fn modifiers(label: &str) -> Option<(&'static str, &str)> {
    if cfg!(windows) {
        // The store's default would let the secret roam with a domain profile.
        Some(("persistence", "Local"))
    } else if cfg!(target_os = "macos") {
        None
    } else {
        Some(("label", label))
    }
}

/// Whether a store's own error means a refusal or a lock; none if it does not say.
pub fn refusal(error: &(dyn StdError + 'static)) -> Option<KeychainError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(refusal) = native_refusal(error) {
            return Some(refusal);
        }
        if let Some(error) = error.downcast_ref::<io::Error>()
            && error.kind() == io::ErrorKind::PermissionDenied
        {
            return Some(KeychainError::Denied);
        }
        cause = error.source();
    }
    None
}

#[cfg(target_os = "macos")]
fn native_refusal(error: &(dyn StdError + 'static)) -> Option<KeychainError> {
    // errSecUserCanceled, errSecAuthFailed; errSecInteractionNotAllowed.
    match error.downcast_ref::<security_framework::base::Error>()?.code() {
        -128 | -25293 => Some(KeychainError::Denied),
        -25308 => Some(KeychainError::Locked),
        _ => None,
    }
}

#[cfg(not(target_os = "macos"))]
fn native_refusal(_: &(dyn StdError + 'static)) -> Option<KeychainError> {
    None
}
