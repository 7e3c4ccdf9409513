//! Help and completions: what needs no profile.

use crate::common::Profile;

#[test]
fn completions_exist_for_every_shell_and_need_no_profile() {
    let profile = Profile::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = profile.ok(&["completions", shell]);
        for word in ["ccc-cli", "resume", "no-memory"] {
            assert!(script.contains(word), "{shell} completes {word}");
        }
    }
    assert!(!profile.data.exists(), "nothing was made");
}

#[test]
fn help_lists_the_exit_statuses_and_the_environment() {
    let profile = Profile::new();
    let help = profile.ok(&["--help"]);
    for code in ccc_domain::ErrorCode::ALL {
        assert!(help.contains(code.as_str()), "{code} is listed");
    }
    for name in [
        "CCC_DATA_DIR",
        "CCC_NO_KEYCHAIN",
        "CCC_PASSPHRASE",
        "CCC_RECOVERY_KEY",
        "CCC_API_KEY",
        "NO_COLOR",
    ] {
        assert!(help.contains(name), "{name} is listed");
    }
    assert!(!help.contains(crate::common::PASSPHRASE), "help shows no secret");
    assert!(profile.ok(&["--version"]).starts_with("ccc-cli "), "{help}");
}
