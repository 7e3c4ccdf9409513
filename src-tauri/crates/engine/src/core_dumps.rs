//! Core dumps: the whole memory of a program that crashed, keys and all, written to the disk. They are switched off.

/// Keeps this process, and those it starts, from leaving core dumps. A system that refuses has said so in the log.
/// Windows keeps dumps only where somebody set that up, and has no such limit.
pub fn forbid() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        if let Err(error) = setrlimit(Resource::Core, none) {
            tracing::warn!(%error, "core dumps cannot be switched off");
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, getrlimit};

    #[test]
    fn a_process_that_forbids_them_may_leave_none() {
        super::forbid();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
