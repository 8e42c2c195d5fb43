//! What was fetched in the build, and how.

use super::{Rule, environment::switches_verification_off};
use crate::{
    CheckHit,
    subject::{Subject, hit_at_command},
};
use dockerfile::{Command, Script, Separator, Step};
use model::{RuleInfo, Severity};

/// Scripts run as they come.
pub(super) static PIPED: Rule = Rule {
    info: RuleInfo {
        id: "image/remote-script-run",
        title: "a script from the network was run as it came",
        severity: Severity::Medium,
        why: "Whoever controls the address, or the way to it, runs what they like as root in the build; the script \
              leaves no copy to look at afterwards.",
        remedy: "Fetch it to a file, compare its SHA-256 with a value in the Dockerfile, then run it.",
        references: &["https://docs.docker.com/build/building/best-practices/#using-pipes"],
    },
    aliases: &["CIS 4.11"],
    bad: "history RUN /bin/bash -o pipefail -c curl -fsSL https://example.com/install.sh | bash - # buildkit\nhistory RUN /bin/sh -c bash <(wget -qO- https://example.com/x) # buildkit",
    good: "history RUN /bin/sh -c curl -fsSLo x.sh https://example.com/x.sh && echo ab x.sh | sha256sum -c - && sh x.sh # buildkit\nhistory RUN /bin/sh -c curl -fsSL https://example.com/key.asc | gpg --dearmor -o /usr/share/keyrings/x.gpg # buildkit",
};

/// Verification switched off.
pub(super) static UNVERIFIED: Rule = Rule {
    info: RuleInfo {
        id: "image/verification-switched-off",
        title: "a command switched the verification of certificates or signatures off",
        severity: Severity::Medium,
        why: "Whoever sits between the build and the server chooses what is installed.",
        remedy: "Remove the option. For a private server, add its certificate or key to the build instead.",
        references: &["https://owasp.org/www-community/attacks/Manipulator-in-the-middle_attack"],
    },
    aliases: &[
        "CIS 4.11",
        "CIS-DI-0011",
        "CKV2_DOCKER_2",
        "CKV2_DOCKER_3",
        "CKV2_DOCKER_4",
        "CKV2_DOCKER_7",
        "CKV2_DOCKER_8",
        "CKV2_DOCKER_9",
        "CKV2_DOCKER_10",
        "CKV2_DOCKER_11",
        "CKV2_DOCKER_13",
        "CKV2_DOCKER_15",
    ],
    bad: "history RUN /bin/sh -c curl -fsSLk https://example.com/a -o a # buildkit\nhistory RUN /bin/sh -c apt-get install -y --allow-unauthenticated x # buildkit",
    good: "history RUN /bin/sh -c curl -fsSL --cacert /ca.pem https://example.com/a -o a && tar -k -xf a # buildkit\nhistory RUN /bin/sh -c echo 'deb [ trusted=yes ] file:///x ./' > /etc/apt/sources.list.d/x.list && apk index --allow-untrusted -o x x.apk # buildkit",
};

const FETCHERS: [&str; 6] = ["curl", "wget", "fetch", "aria2c", "http", "https"];
const INTERPRETERS: [&str; 12] =
    ["sh", "bash", "ash", "dash", "zsh", "ksh", "python", "python3", "perl", "ruby", "node", "php"];

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    for (step, script) in subject.runs() {
        piped(step, script, hits);
    }
    for (step, command) in subject.commands() {
        if let Some(what) = unverified(command) {
            hits.push(hit_at_command(
                &UNVERIFIED,
                step,
                command,
                format!("{what} switched verification off"),
            ));
        }
    }
}

fn piped(step: &Step, script: &Script, hits: &mut Vec<CheckHit>) {
    let commands = &script.commands;
    for (at, command) in commands.iter().enumerate() {
        if !FETCHERS.contains(&command.program()) {
            continue;
        }
        // Along the pipe: `curl … | tee x | sudo bash`.
        let mut runs = false;
        for next in commands[at + 1..]
            .iter()
            .filter(|next| next.depth == command.depth || next.separator == Separator::Pipe)
        {
            if next.separator != Separator::Pipe {
                break;
            }
            runs |= reads_program(next);
        }
        // As text or file of a shell: `sh -c "$(curl …)"`, `bash <(curl …)`, `eval "$(curl …)"`.
        let mut parent = command.parent.filter(|_| command.separator == Separator::Substitution);
        while let Some(index) = parent {
            let outer = &commands[index];
            runs |=
                INTERPRETERS.contains(&outer.program()) || matches!(outer.program(), "eval" | "source" | ".");
            parent = outer.parent.filter(|_| outer.separator == Separator::Substitution);
        }
        if runs {
            let is_clear = command.operands().any(|operand| operand.starts_with("http://"));
            let severity = if is_clear { Severity::High } else { PIPED.info.severity };
            hits.push(hit_at_command(&PIPED, step, command, PIPED.info.title).with_severity(severity));
        }
    }
}

/// Whether an interpreter takes its program from the pipe: it is given no file, but `-` or `-s` at most.
fn reads_program(command: &Command) -> bool {
    let arguments: Vec<&str> = command.arguments().iter().map(|word| word.text.as_str()).collect();
    let program = command.program();
    if !INTERPRETERS.contains(&program) {
        return false;
    }
    let is_shell = program.ends_with("sh");
    match arguments.iter().find(|argument| !argument.starts_with('-') || **argument == "-") {
        None => !arguments
            .iter()
            .any(|argument| matches!(*argument, "-c" | "-e" | "-m" | "-ne" | "-pe" | "--version" | "-r")),
        Some(&("-" | "/dev/stdin")) => true,
        // `bash -s arg`, `bash -o pipefail`.
        Some(_) => {
            is_shell
                && arguments.iter().any(|argument| {
                    *argument == "-s" || argument.starts_with("-s") && !argument.starts_with("--")
                })
        }
    }
}

/// What switches a verification off, in a few words.
fn unverified(command: &Command) -> Option<String> {
    if let Some((name, _)) =
        command.assignments.iter().find(|(name, value)| switches_verification_off(name, value))
    {
        return Some(name.clone());
    }
    let program = command.program();
    let has = |options: &[&str]| {
        command
            .arguments()
            .iter()
            .map(|word| word.text.as_str())
            .find(|text| options.contains(text))
            .map(str::to_owned)
    };
    let found = match program {
        "curl" => has(&["--insecure", "--proxy-insecure"])
            .or_else(|| short_of_curl(command).then(|| "-k".to_owned())),
        "wget" => has(&["--no-check-certificate", "--no-hsts --no-check-certificate"]),
        "apt-get" | "apt" | "aptitude" | "apt-key" => {
            has(&["--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"]).or_else(|| {
                command
                    .arguments()
                    .iter()
                    .find(|word| {
                        let text = word.text.to_ascii_lowercase();
                        [
                            "allowinsecurerepositories=true",
                            "allowunauthenticated=true",
                            "allowunauthenticated=1",
                            "verify-peer=false",
                            "verify-host=false",
                            "allowinsecurerepositories=1",
                        ]
                        .iter()
                        .any(|end| text.ends_with(end))
                    })
                    .map(|word| word.text.clone())
            })
        }
        "dpkg" => has(&["--force-bad-verify", "--no-debsig-never"]),
        "apk" => has(&["--allow-untrusted"]).filter(|_| !command.has_argument("index")),
        "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf" => has(&[
            "--nogpgcheck",
            "--no-gpgchecks",
            "--setopt=sslverify=false",
            "--setopt=sslverify=0",
            "--setopt=gpgcheck=0",
        ]),
        "yum-config-manager" => {
            has(&["--setopt=sslverify=false", "--setopt=sslverify=0", "--setopt=gpgcheck=0"])
        }
        "rpm" => has(&["--nosignature", "--nodigest", "--noverify", "--nofiledigest"]),
        "zypper" => has(&["--no-gpg-checks", "--gpg-auto-import-keys-unsafe"]),
        "pip" | "pip3" => has(&["--trusted-host"]),
        "gem" => command
            .option("--trust-policy")
            .filter(|policy| policy.eq_ignore_ascii_case("NoSecurity"))
            .map(|_| "--trust-policy NoSecurity".to_owned()),
        "npm" | "yarn" | "pnpm" => strict_ssl(command),
        "git" => command
            .arguments()
            .iter()
            .find(|word| {
                let text = word.text.to_ascii_lowercase();
                text == "http.sslverify=false" || text == "http.sslverify"
            })
            .filter(|word| {
                word.text.contains('=') || command.has_argument("false") || command.has_argument("0")
            })
            .map(|_| "http.sslVerify false".to_owned()),
        "ssh" | "scp" | "sftp" | "rsync" => command
            .arguments()
            .iter()
            .find(|word| word.text.to_ascii_lowercase().replace(' ', "").contains("stricthostkeychecking=no"))
            .map(|_| "StrictHostKeyChecking=no".to_owned()),
        "go" => has(&["-insecure"]),
        "export" => command.arguments().iter().find_map(|word| {
            let (name, value) = word.text.split_once('=')?;
            switches_verification_off(name, value).then(|| name.to_owned())
        }),
        "echo" | "printf" => {
            let words = command.arguments().iter().map(|word| word.text.as_str());
            let line = words.collect::<Vec<_>>().join(" ");
            // Packages that the build itself made lie in a folder and have no signature to check.
            (line.contains("trusted=yes") && !line.contains("file:")).then(|| "[trusted=yes]".to_owned())
        }
        "conda" => (command.has_argument("ssl_verify")
            && command.operands().any(|operand| operand.eq_ignore_ascii_case("false")))
        .then(|| "ssl_verify false".to_owned()),
        _ if program.starts_with("python") && command.has_argument("pip") => has(&["--trusted-host"]),
        _ => None,
    }?;
    Some(format!("{program} {found}"))
}

/// Whether `-k` is among the short options of curl, minding those that take the rest of the word as their value.
fn short_of_curl(command: &Command) -> bool {
    const WITH_VALUE: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";
    command.arguments().iter().any(|word| {
        let Some(letters) = word.text.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else {
            return false;
        };
        letters.chars().take_while(|letter| !WITH_VALUE.contains(*letter)).any(|letter| letter == 'k')
    })
}

fn strict_ssl(command: &Command) -> Option<String> {
    let words: Vec<String> = command.arguments().iter().map(|word| word.text.to_ascii_lowercase()).collect();
    let is_off = words
        .iter()
        .any(|word| matches!(word.as_str(), "strict-ssl=false" | "--strict-ssl=false" | "--no-strict-ssl"))
        || words.windows(2).any(|pair| {
            matches!(pair[0].as_str(), "strict-ssl" | "--strict-ssl" | "enablestrictssl")
                && pair[1] == "false"
        });
    is_off.then(|| "strict-ssl false".to_owned())
}
