//! Completions in real shells, and manual pages in real readers, where this machine has them.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::sandbox::Sandbox;

fn script(sandbox: &Sandbox, shell: &str) -> String {
    let path = sandbox.root().join(format!("devc.{shell}"));
    let outcome = sandbox.devc(["completions", shell]).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome}");
    std::fs::write(&path, &outcome.stdout).unwrap();
    path.display().to_string()
}

/// What a shell says to a script; `None` where the shell is not there.
fn ask(shell: &str, script: &str) -> Option<String> {
    let is_there = ["/bin", "/usr/bin"].iter().any(|folder| Path::new(folder).join(shell).exists());
    let output = is_there.then(|| Command::new(shell).args(["-c", script]).output().unwrap())?;
    assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn bash_completes_verbs_and_flags() {
    let sandbox = Sandbox::new();
    let file = script(&sandbox, "bash");
    // As bash calls it: with the program, the word to complete and the one before it.
    let complete = |words: &str, at: usize| {
        let call = format!("_devc devc \"${{COMP_WORDS[{at}]}}\" \"${{COMP_WORDS[{}]}}\"", at - 1);
        let words = format!("COMP_WORDS=({words}); COMP_CWORD={at}");
        ask("bash", &format!("source {file}; {words}; {call}; echo ${{COMPREPLY[@]}}"))
    };
    assert_eq!(complete("devc op", 1).unwrap(), "open optimize\n");
    assert_eq!(complete("devc open --ed", 2).unwrap(), "--editor\n");
    assert!(complete("devc open --editor c", 3).unwrap().contains("code code-insiders cursor codium"));
}

#[test]
fn zsh_and_fish_load_the_completions() {
    let sandbox = Sandbox::new();
    let (zsh, fish) = (script(&sandbox, "zsh"), script(&sandbox, "fish"));
    if let Some(text) =
        ask("zsh", &format!("autoload -Uz compinit && compinit -D && source {zsh} && whence -w _devc"))
    {
        assert_eq!(text, "_devc: function\n");
    }
    if let Some(text) = ask("fish", &format!("source {fish}; complete --do-complete 'devc op'")) {
        assert!(text.contains("open\t") && text.contains("optimize\t"), "{text}");
    }
    assert!(
        std::fs::read_to_string(script(&sandbox, "powershell"))
            .unwrap()
            .contains("Register-ArgumentCompleter")
    );
}

#[test]
fn every_verb_has_a_manual_page() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.devc(["man", "--out", "pages"]).run();
    let pages: Vec<&str> = outcome.stdout.lines().collect();
    for name in ["devc", "devc-up", "devc-volume-backup", "devc-features-test"] {
        assert!(pages.contains(&format!("[ROOT]/project/pages/{name}.1").as_str()), "{outcome}");
    }
    let page = sandbox.project().join("pages/devc-open.1");
    let text = std::fs::read_to_string(&page).unwrap();
    assert_eq!(sandbox.run("man open").stdout, text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]"));
    assert!(text.contains(".SH OPTIONS") && text.contains("devc open"), "{text}");
    if Path::new("/usr/bin/man").exists() {
        let mut command = Command::new("man");
        command.args(["--warnings", "-l"]).arg(&page).env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8");
        let output = command.stdin(Stdio::null()).output().unwrap();
        let (shown, warnings) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(
            shown.contains("devc open ~/app --editor code") && warnings.is_empty(),
            "{warnings}\n{shown}"
        );
    }
    assert_eq!(sandbox.run("man nonsense").code, Some(1));
}
