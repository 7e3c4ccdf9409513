//! Threads for work that nobody waits for.

use std::{io, thread};

/// Begins `work` in a thread of its own, which gives way to everything a person sees: a backup at full tilt beside the
/// webview held up frames for more than 50 ms where there are two cores. On systems other than Linux it runs like the others.
///
/// # Errors
/// The system's, where it makes no further thread; `work` is then dropped.
pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let yielding = move || {
        give_way();
        work();
    };
    thread::Builder::new().name(name.to_owned()).spawn(yielding).map(drop)
}

/// Half of the way down, where a thread gets a tenth of what one beside it gets.
#[cfg(target_os = "linux")]
fn give_way() {
    const NICE: i32 = 10;
    // For Linux "this process" means the calling thread here.
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "background work runs like the rest");
    }
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn nice() -> i32 {
        rustix::process::getpriority_process(None).unwrap()
    }

    #[test]
    fn background_work_gives_way_and_nobody_else_does() {
        let (tell, told) = mpsc::channel();
        let before = nice();
        spawn("work", move || tell.send(nice()).unwrap()).unwrap();
        assert_eq!((told.recv().unwrap(), nice()), (before.max(10), before));
    }
}
