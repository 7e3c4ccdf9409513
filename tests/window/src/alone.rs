//! A test in namespaces of its own: a network in which every address of the world is this machine, or places in the file
//! system that it may mount.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test that it is run for")]

use std::{
    env, fs,
    process::{Command, Output},
};

use crate::Result;

/// Set in the process that runs inside.
const INSIDE: &str = "CCC_TEST_ALONE";

/// Every address is a local one, so that whatever is sent anywhere arrives at who listens here; so are all name servers.
const SETTLE: &str = r#"ip link set lo up &&
ip route add local 0.0.0.0/0 dev lo &&
{ ip -6 route add local ::/0 dev lo 2>/dev/null || true; } &&
mount --bind "$0" /etc/resolv.conf &&
exec "$@""#;

/// What a test has to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// The network, and the names of its hosts.
    Network,
    /// What is mounted where.
    Mounts,
}

/// Runs `body` in a process that has `own` to itself. `test` is the calling test's full name.
///
/// # Panics
/// When it fails inside, or when no such namespace can be had.
pub fn run<F: Future<Output = Result>>(own: Own, test: &str, body: impl FnOnce() -> F) {
    if env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(body()).unwrap();
    }
    let begun = |output: &Output| String::from_utf8_lossy(&output.stdout).contains("running 1 test");
    let mut output = again(own, test, &["--user", "--map-root-user"]);
    if !begun(&output) && rustix::process::geteuid().is_root() {
        // Where a container denies users of one's own, root may do without.
        output = again(own, test, &[]);
    }
    let (out, err) = (quoted(&output.stdout), quoted(&output.stderr));
    assert!(
        begun(&output),
        "no namespace of its own can be had here (unshare, ip and mount are needed; some systems keep users from making \
         one, see DEVELOPMENT.md):\n{err}"
    );
    assert!(
        out.contains("test result: ok. 1 passed"),
        "failed in a namespace of its own:\n{out}\n{err}"
    );
}

/// Quoted, so that nobody who counts results counts these.
fn quoted(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .lines()
        .map(|line| format!("| {line}\n"))
        .collect()
}

fn again(own: Own, test: &str, user: &[&str]) -> Output {
    let names = tempfile::NamedTempFile::new().unwrap();
    fs::write(names.path(), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n").unwrap();
    let mut command = Command::new("unshare");
    // Where `ip` is may be on an administrator's PATH only.
    let path = env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command.args(user).arg("--mount");
    if own == Own::Network {
        command.args(["--net", "sh", "-c", SETTLE]).arg(names.path());
    }
    command
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1");
    command.output().unwrap()
}
