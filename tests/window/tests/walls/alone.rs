//! A network of a test's own, in which every address of the world is this machine.

use std::{
    env, fs,
    process::{Command, Output},
};

/// Set in the process that runs inside.
const INSIDE: &str = "CCC_TEST_ALONE";

/// Every address is a local one, so that whatever is sent anywhere arrives at who listens here; so are all name servers.
const SETTLE: &str = r#"ip link set lo up &&
ip route add local 0.0.0.0/0 dev lo &&
{ ip -6 route add local ::/0 dev lo 2>/dev/null || true; } &&
mount --bind "$0" /etc/resolv.conf &&
exec "$@""#;

/// Runs `body` in a process of its own in a network of its own. `test` is the calling test's full name.
///
/// # Panics
/// When it fails inside, or when no such network can be had.
pub fn run<F: Future<Output = window::Result>>(test: &str, body: impl FnOnce() -> F) {
    if env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(body()).unwrap();
    }
    let begun = |output: &Output| String::from_utf8_lossy(&output.stdout).contains("running 1 test");
    let mut output = again(test, &["--user", "--map-root-user"]);
    if !begun(&output) && rustix::process::geteuid().is_root() {
        // Where a container denies users of one's own, root may do without.
        output = again(test, &[]);
    }
    let (out, err) = (quoted(&output.stdout), quoted(&output.stderr));
    assert!(
        begun(&output),
        "no network of its own can be had here (unshare, ip and mount are needed; some systems keep users from making \
         one, see DEVELOPMENT.md):\n{err}"
    );
    assert!(
        out.contains("test result: ok. 1 passed"),
        "failed in a network of its own:\n{out}\n{err}"
    );
}

/// Quoted, so that nobody who counts results counts these.
fn quoted(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .lines()
        .map(|line| format!("| {line}\n"))
        .collect()
}

fn again(test: &str, user: &[&str]) -> Output {
    let names = tempfile::NamedTempFile::new().unwrap();
    fs::write(names.path(), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n").unwrap();
    let mut command = Command::new("unshare");
    // Where `ip` is may be on an administrator's PATH only.
    let path = env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
        .args(user)
        .args(["--net", "--mount", "sh", "-c", SETTLE])
        .arg(names.path());
    command
        .arg(env::current_exe().unwrap())
        .args(["--exact", "--include-ignored", test, "--nocapture"])
        .env(INSIDE, "1");
    command.output().expect("unshare is there")
}
