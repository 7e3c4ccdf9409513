//! `restore-backup`: everything, a copy beside, or single sessions.

use std::path::{Path, PathBuf};

use ccc_domain::{ErrorCode, SessionId};
use ccc_engine::{
    EncryptionService, Error as EngineError, Profile,
    backup::{
        self,
        restore::{BackupSecret, Restored},
    },
};

use crate::{
    args::{Global, RestoreBackupArgs},
    commands::{backup::shown, confirm::confirm, id, to_json, with_app},
    error::Error,
    open::{self, App},
    out::{self, Out, minute},
    render, secrets,
};

/// `ccc-cli restore-backup`.
///
/// # Errors
/// [`Error::Invalid`] for an id, or where nobody can be asked and `--yes` is missing; [`Error::Locked`] when a secret is
/// missing; the engine's.
pub fn run(global: &Global, args: &RestoreBackupArgs) -> Result<(), Error> {
    if args.list {
        return list(global, args);
    }
    if !args.sessions.is_empty() {
        return bring_back(global, args);
    }
    let mut out = Out::new();
    let restored = match &args.beside {
        Some(target) => {
            let (profile, directory) = (profile(global)?, directory(global, &args.backup)?);
            let keys = unlock(&profile, &directory)?;
            profile.restore_beside(&directory, &keys, target, &shown)?
        }
        None => whole(global, args)?,
    };
    if args.form.json {
        return out.json(&to_json(&restored)?);
    }
    tell(&mut out, &restored, args.beside.as_deref())
}

/// In place of everything: by the open profile where it opens, so that a backup of it is made first, else by what opens
/// the backup.
fn whole(global: &Global, args: &RestoreBackupArgs) -> Result<Restored, Error> {
    let directory = directory(global, &args.backup)?;
    if !args.yes && !confirm("Everything in this profile is replaced by the backup. Type yes: ")? {
        return Err(EngineError::Cancelled.into());
    }
    match App::open(global) {
        Ok(app) => match app.engine.prepare_restore_from(&directory, &shown) {
            Ok(restored) => {
                drop(app);
                // Taking the lock again puts in place what was prepared.
                profile(global)?;
                return Ok(restored);
            }
            Err(error) if error.code() == ErrorCode::KeysMismatch => {}
            Err(error) => return Err(error.into()),
        },
        Err(error) if opens_otherwise(error.code()) => {}
        Err(error) => return Err(error),
    }
    let profile = profile(global)?;
    let keys = unlock(&profile, &directory)?;
    Ok(profile.restore(&directory, &keys, &shown)?)
}

/// Whether a profile that does not open for this reason may be replaced all the same.
const fn opens_otherwise(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotInitialised
            | ErrorCode::DataDamaged
            | ErrorCode::DataForeign
            | ErrorCode::KeysMissing
            | ErrorCode::KeysMismatch
            | ErrorCode::WrongSecret
    )
}

fn list(global: &Global, args: &RestoreBackupArgs) -> Result<(), Error> {
    with_app(global, |app, out| {
        let sessions = app.engine.backups.sessions_in(name(args))?;
        if args.form.json {
            return out.json(&to_json(&sessions)?);
        }
        sessions
            .iter()
            .try_for_each(|session| out.line(render::session(session)))
    })
}

fn bring_back(global: &Global, args: &RestoreBackupArgs) -> Result<(), Error> {
    let ids = args.sessions.iter().map(|text| id::<SessionId>(text));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    with_app(global, |app, out| {
        let returned = app.engine.backups.bring_back(name(args), &ids, &shown)?;
        if args.form.json {
            return out.json(&to_json(&returned)?);
        }
        for session in &returned {
            let how = if session.copy {
                "Copied beside what is there"
            } else {
                "Brought back"
            };
            out.line(format!(
                "{how}: “{}”, {} turns ({})",
                out::one_line(&session.title),
                session.turns,
                session.session_id
            ))?;
        }
        Ok(())
    })
}

fn tell(out: &mut Out, restored: &Restored, beside: Option<&Path>) -> Result<(), Error> {
    out.line(format!(
        "Restored as of {}: {} sessions, {} conversations, {} turns.",
        minute(restored.of),
        restored.sessions,
        restored.conversations,
        restored.turns
    ))?;
    if restored.deleted_since > 0 {
        out.line(format!(
            "{} sessions were deleted since; their keys are destroyed, and they stay unreadable.",
            restored.deleted_since
        ))?;
    }
    if let Some(before) = &restored.before {
        out.line(format!("What was there before is in the backup {before}."))?;
    }
    if let Some(aside) = &restored.aside {
        out.line(format!("What was there before is kept in {aside}"))?;
    }
    match beside {
        Some(target) => out.line(format!("It opens with --data-dir {}", target.display())),
        None => Ok(()),
    }
}

/// The backup's name, where its directory was named.
fn name(args: &RestoreBackupArgs) -> &str {
    let path = Path::new(&args.backup);
    path.file_name().and_then(|name| name.to_str()).unwrap_or(&args.backup)
}

/// The profile's lock; its directory is made where it is missing.
fn profile(global: &Global) -> Result<Profile, Error> {
    Ok(Profile::acquire(&open::directory(global)?, open::keychain(global))?)
}

/// The backup's directory: as it was named, or of that name beside the profile.
fn directory(global: &Global, named: &str) -> Result<PathBuf, Error> {
    let (path, own) = (PathBuf::from(named), backup::directory_of(&open::directory(global)?)?);
    [path, own.join(named)]
        .into_iter()
        .find(|path| path.is_dir())
        .ok_or(EngineError::NotFound(ccc_engine::Entity::Backup).into())
}

/// Opens a backup's keys: by the keychain, else by passphrase or recovery key, given or asked for.
fn unlock(profile: &Profile, directory: &Path) -> Result<EncryptionService, Error> {
    let mut last = match profile.unlock_backup(directory, &BackupSecret::Keychain) {
        Ok(keys) => return Ok(keys),
        Err(error) if error.code() == ErrorCode::Locked => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(recovery) = secrets::recovery_given()? {
        match profile.unlock_backup(directory, &BackupSecret::Recovery(&recovery)) {
            Ok(keys) => return Ok(keys),
            Err(error) => last = Some(error),
        }
    }
    if let Some(passphrase) = secrets::passphrase_given()? {
        return Ok(profile.unlock_backup(directory, &BackupSecret::Passphrase(&passphrase))?);
    }
    match last {
        Some(error) => Err(error.into()),
        None if secrets::can_ask() => {
            out::note("The recovery key that held when the backup was made opens it.");
            let recovery = secrets::ask_recovery()?;
            Ok(profile.unlock_backup(directory, &BackupSecret::Recovery(&recovery))?)
        }
        None => Err(Error::Locked(
            "the backup is locked: its recovery key or passphrase is needed",
        )),
    }
}
