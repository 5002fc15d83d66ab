//! The tutorial, run as it stands: every `sh` block of `docs/tutorial.md`, in order, in one shell.

use std::path::Path;
use std::process::Command;

/// The blocks of a document that are shell.
fn shell(text: &str) -> String {
    let mut script = String::new();
    let mut inside = false;
    for line in text.lines() {
        match (inside, line) {
            (false, "```sh") => inside = true,
            (true, "```") => inside = false,
            (true, line) => {
                script.push_str(line);
                script.push('\n');
            }
            (false, _) => {}
        }
    }
    script
}

#[test]
fn the_tutorial_does_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/tutorial.md")).unwrap();
    let script = shell(&text);
    assert!(script.lines().count() > 80, "{script}");
    let folder = tempfile::tempdir().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_mingma"));
    let path = std::env::var_os("PATH").unwrap();
    let places = std::iter::once(binary.parent().unwrap().to_path_buf());
    let path = std::env::join_paths(places.chain(std::env::split_paths(&path))).unwrap();
    // A step that fails ends it, and takes the server along.
    let head = "set -euo pipefail\ntrap '[ -z \"${server:-}\" ] || kill \"$server\" 2>/dev/null || true' EXIT\n";
    let output = Command::new("bash")
        .args(["-c", &format!("{head}{script}trap - EXIT\n")])
        .current_dir(folder.path())
        .env("PATH", path)
        .env_remove("MINGMA_DATA")
        .env_remove("MINGMA_OFFICER")
        .env_remove("MINGMA_KEY")
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{err}");
}
